/**
 * From the runtime's schema to the files of `gen/`.
 *
 * @module
 */
import { assignDomains } from "./assign_domains.ts";
import { correct } from "./corrections.ts";
import { emitDomain } from "./emit_domain.ts";
import { emitClientRequests, emitNotifications, emitServerRequests } from "./emit_methods.ts";
import { emitDefinitions, emitMod, emitProvenance, METHODS } from "./emit_mod.ts";
import { emitRouting } from "./emit_routing.ts";
import { markExperimental } from "./experimental.ts";
import { emitSince, type History, markLater, reviewedHistory } from "./history.ts";
import { readDefinitions, type SchemaSet } from "./json_schema.ts";
import { checkResults, readMethods } from "./methods.ts";
import { compare, type Protocol } from "./model.ts";
import { normalise } from "./normalise.ts";
import { describeRun } from "./provenance.ts";
import type { RuntimeSchema } from "./runtime_schema.ts";
import { usesOf } from "./uses.ts";

/** Every file of `gen/`, by name. */
export function generate(schema: RuntimeSchema, history: History = reviewedHistory()): Map<string, string> {
  const protocol = readProtocol(schema.experimental);
  markExperimental(protocol, readProtocol(schema.stable));
  checkResults(protocol.requests);
  markLater(protocol, history);

  const domains = assignDomains(protocol);
  const homes = new Map(
    [...domains].flatMap(([{ name }, defs]) => defs.map((def): [string, string] => [def.name, name])),
  );
  const uses = usesOf(protocol);
  const provenance = describeRun(schema.codexVersion, protocol, schema.stable, schema.experimental);

  const files = new Map<string, string>();
  for (const [domain, definitions] of domains) {
    if (definitions.length > 0) files.set(domain.name, emitDomain(domain, definitions, homes, uses));
  }
  const domainFiles = [...files.keys()];
  files.set("definitions", emitDefinitions(domainFiles));
  files.set("client_requests", emitClientRequests(protocol));
  files.set("methods", METHODS);
  files.set("provenance", emitProvenance(provenance));
  files.set("routing", emitRouting(protocol));
  files.set("server_notifications", emitNotifications(protocol));
  files.set("server_requests", emitServerRequests(protocol));
  files.set("since", emitSince(history));
  files.set("mod", emitMod([...files.keys()].filter((name) => !domainFiles.includes(name))));

  const named = [...files].map(([name, text]): [string, string] => [`${name}.ts`, text]);
  named.push(["provenance.json", `${JSON.stringify(provenance, null, 2)}\n`]);
  return new Map(named.sort(([a], [b]) => compare(a, b)));
}

/** The protocol in one output of the runtime. */
export function readProtocol(set: SchemaSet): Protocol {
  const definitions = normalise(correct(readDefinitions(set)));
  return {
    definitions,
    requests: readMethods(set, "ClientRequest.json", definitions, true),
    notifications: readMethods(set, "ServerNotification.json", definitions, false),
    serverRequests: readMethods(set, "ServerRequest.json", definitions, true),
  };
}
