/**
 * What the output was made from, so that it can be made again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { SchemaSet } from "./json_schema.ts";
import { compare, type Method, type Protocol } from "./model.ts";

/** Raised whenever the same schema gives another output. */
export const GENERATOR_VERSION = 1;

/** The content of `gen/provenance.json`. */
export interface Provenance {
  readonly codexVersion: string;
  readonly generatorVersion: number;
  /** SHA-256 over the names and bytes of all files of each output of the runtime. */
  readonly schemaSha256: { readonly stable: string; readonly experimental: string };
  readonly counts: Readonly<Record<string, number>>;
}

/** Describes one run of the generator. */
export function describeRun(codexVersion: string, protocol: Protocol, stable: SchemaSet, all: SchemaSet): Provenance {
  const experimental = (methods: readonly Method[]) => methods.filter((method) => method.experimental).length;
  return {
    codexVersion,
    generatorVersion: GENERATOR_VERSION,
    schemaSha256: { stable: hash(stable), experimental: hash(all) },
    counts: {
      definitions: protocol.definitions.size,
      requests: protocol.requests.length,
      experimentalRequests: experimental(protocol.requests),
      notifications: protocol.notifications.length,
      serverRequests: protocol.serverRequests.length,
      experimentalServerRequests: experimental(protocol.serverRequests),
    },
  };
}

function hash(set: SchemaSet): string {
  const sha = createHash("sha256");
  for (const [name, text] of [...set].sort(([a], [b]) => compare(a, b))) sha.update(`${name}\n${text}\n`);
  return sha.digest("hex");
}
