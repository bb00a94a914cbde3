/**
 * What came when: from which version of codex on the server knows a request, a param or a part of an answer.
 *
 * `history_data.ts` is written by `deno task gen:history`, which compares the schemas of published versions; what a
 * schema does not tell is reviewed here, by hand.
 *
 * @module
 */
import { compareVersions } from "../../src/util/versions.ts";
import { HEADER } from "./emit_file.ts";
import { propertyName } from "./emit_types.ts";
import { HISTORY } from "./history_data.ts";
import { parseHistory } from "./history_text.ts";
import type { Field, Method, Protocol, Shape } from "./model.ts";

/** What came when. Each version is the first of its minor that has the thing, and all after it have it. */
export interface History {
  /** The versions that were compared, oldest first. The oldest is the oldest that is supported; what it has is left out. */
  readonly versions: readonly string[];
  /** Requests. */
  readonly requests: ByName;
  /** Params by request: paths such as `input[].detail`. A path within one that is as young is left out. */
  readonly params: Readonly<Record<string, ByName>>;
  /** Properties that are always there now, and were not at first, by definition. */
  readonly answers: Readonly<Record<string, ByName>>;
}

/** A version by name. */
export type ByName = Readonly<Record<string, string>>;

/** Params whose version is another one than that of the schema, and why; `null` for those that do no harm if ignored. */
const REVIEWED: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  // Older servers take every dynamic tool for a function, which is what this says of it.
  "thread/start": { "dynamicTools[].type": null },
  // Experimental before, and so without a promise; the official Python SDK draws the same line.
  "thread/resume": { excludeTurns: "0.151.0" },
  "thread/fork": { excludeTurns: "0.151.0" },
};

/** The history with what was reviewed laid over it. Fails on lines that nothing needs any more. */
export function reviewedHistory(history: History = parseHistory(HISTORY)): History {
  const params: Record<string, Record<string, string>> = structuredClone(history.params) as never;
  for (const [method, lines] of Object.entries(REVIEWED)) {
    for (const [path, version] of Object.entries(lines)) {
      const found = params[method]?.[path];
      if (found === undefined || found === version) {
        throw new Error(
          `scripts/gen/history.ts: ${method} ${path}: the schemas say the same by themselves, or no more`,
        );
      }
      if (version === null) delete params[method]![path];
      else params[method]![path] = version;
    }
  }
  return { ...history, params };
}

/** Compares the protocols of several versions, the last of which is the pinned one. */
export function historyOf(protocols: ReadonlyMap<string, Protocol>): History {
  const versions = [...protocols.keys()].sort(compareVersions);
  const last = protocols.get(versions.at(-1)!)!;
  const requestsOf = (version: string) => new Map(protocols.get(version)!.requests.map((each) => [each.method, each]));
  const table = new Map(versions.map((version) => [version, requestsOf(version)]));
  /** The first version from which on something holds without a gap. */
  const since = (holds: (version: string) => boolean) => {
    const gap = versions.findLastIndex((version) => !holds(version));
    return versions[gap + 1];
  };

  const requests: Record<string, string> = {};
  const params: Record<string, ByName> = {};
  for (const { method } of last.requests) {
    const first = since((version) => table.get(version)!.has(method))!;
    if (first !== versions[0]) requests[method] = first;
    const paths = new Map(versions.map((version) => [
      version,
      paramPaths(protocols.get(version)!, table.get(version)!.get(method)),
    ]));
    const young: Record<string, string> = {};
    for (const path of [...paths.get(versions.at(-1)!)!].sort()) {
      const version = since((each) => paths.get(each)!.has(path))!;
      if (compareVersions(version, ageOf(path, young, first)) > 0) young[path] = version;
    }
    if (Object.keys(young).length > 0) params[method] = young;
  }

  const sent = new Set(last.requests.map((request) => request.params));
  const answers: Record<string, ByName> = {};
  for (const name of [...last.definitions.keys()].filter((each) => !sent.has(each)).sort()) {
    const always = requiredFields(last, name);
    const later: Record<string, string> = {};
    for (const field of [...always].sort()) {
      const version = since((each) =>
        !protocols.get(each)!.definitions.has(name) || requiredFields(protocols.get(each)!, name).has(field)
      )!;
      if (version !== versions[0]) later[field] = version;
    }
    if (Object.keys(later).length > 0) answers[name] = later;
  }
  return { versions, requests, params, answers };
}

/** The age of what a path lies within. */
function ageOf(path: string, young: ByName, first: string): string {
  const parts = path.split(/(?=[.[{])/);
  while (parts.pop() !== undefined) {
    const version = young[parts.join("")];
    if (version !== undefined) return version;
  }
  return first;
}

/** Every path within the params of a request. */
function paramPaths(protocol: Protocol, request: Method | undefined): Set<string> {
  const paths = new Set<string>();
  if (request?.params != null) collect(protocol, { kind: "ref", name: request.params }, "", paths, new Set());
  return paths;
}

function collect(protocol: Protocol, shape: Shape, path: string, into: Set<string>, within: ReadonlySet<string>): void {
  const inner = (next: Shape, at: string) => collect(protocol, next, at, into, within);
  switch (shape.kind) {
    case "ref": {
      const definition = protocol.definitions.get(shape.name);
      // A type within itself adds no path that is not there already.
      if (definition === undefined || within.has(shape.name)) return;
      return collect(protocol, definition.shape, path, into, new Set([...within, shape.name]));
    }
    case "nullable":
      return inner(shape.inner, path);
    case "array":
      return inner(shape.item, `${path}[]`);
    case "record":
      return inner(shape.value, `${path}{}`);
    case "object":
    case "keyed":
      for (const field of shape.kind === "object" ? shape.fields : shape.keys) {
        const at = path === "" ? field.name : `${path}.${field.name}`;
        into.add(at);
        inner(field.shape, at);
      }
      return;
    case "tagged":
      for (const { name } of shape.variants) inner({ kind: "ref", name }, path);
      return;
    case "any_of":
      for (const option of shape.options) inner(option, path);
  }
}

/** Marks the fields that came later. Fails on lines of the history that the protocol has no field for. */
export function markLater({ definitions }: Protocol, { answers }: History): void {
  for (const [name, fields] of Object.entries(answers)) {
    const shape = definitions.get(name)?.shape;
    for (const field of Object.keys(fields)) {
      const found = shape?.kind === "object" ? shape.fields.find((each) => each.name === field) : undefined;
      if (found === undefined) throw new Error(`${name}.${field}: no such field any more. Run: deno task gen:history`);
      found.later = true;
    }
  }
}

/** The text of `gen/since.ts`. */
export function emitSince({ versions, requests, params }: History): string {
  return `${HEADER}/**
 * What came when.
 *
 * @module
 */

/** The oldest version of codex that this protocol is compared with. */
export const OLDEST_VERSION: string = ${JSON.stringify(versions[0])};

/** From which version on a server knows what is asked of it. What is not listed, the oldest one knows. */
export interface Since {
  /** Requests. */
  readonly requests: Readonly<Record<string, string>>;
  /** Params by request, as paths: \`input[].detail\`, and \`{}\` for any key. */
  readonly params: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Of requests and params that are younger than the oldest version, the first that has them. */
export const SINCE: Since = ${typescript({ requests, params })};
`;
}

/** JSON as `deno fmt` would write it in a program. */
function typescript(value: unknown, indent = ""): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, part]) =>
    `${indent}  ${propertyName(key)}: ${typescript(part, `${indent}  `)},\n`
  );
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

/** The fields of a definition that are there in every case, and not `null`. */
function requiredFields(protocol: Protocol, name: string): Set<string> {
  const shape = protocol.definitions.get(name)?.shape;
  const always = ({ required, shape }: Field) => required && shape.kind !== "nullable" && shape.kind !== "unknown";
  return new Set(shape?.kind === "object" ? shape.fields.filter(always).map((field) => field.name) : []);
}
