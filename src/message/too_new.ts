import { InvalidParamsError, type JsonRpcError, MethodNotFoundError } from "../errors.ts";
import { compareVersions } from "../util/versions.ts";
import { protocol } from "./protocol.ts";

/** Which server answers. */
export interface ServerVersion {
  readonly name: string;
  readonly version: string;
}

/** A step into params: into an array, into whatever keys an object has, or to one key. */
const STEP = /\[\]|\{\}|[^.[\]{}]+/g;

/**
 * What keeps a request from being sent to an older server; `undefined` if nothing does. Such a server refuses a method
 * that it does not know with a list of all others, and passes over a param that it does not know in silence: the turn
 * runs, without what was asked for.
 */
export function tooNew(server: ServerVersion, method: string, params: unknown): JsonRpcError | undefined {
  const { SINCE } = protocol();
  const needed = SINCE.requests[method];
  if (needed !== undefined && isOlder(server, needed)) {
    return new MethodNotFoundError({ rpcCode: -32601, message: `it ${needs(needed, server)}`, method });
  }
  const issues = Object.entries(SINCE.params[method] ?? {})
    .filter(([path, version]) => isOlder(server, version) && holds(params, path.match(STEP) ?? []))
    .map(([path, version]) => ({ path, message: needs(version, server) }));
  if (issues.length === 0) return undefined;
  const message = issues.map((issue) => `${issue.path} ${issue.message}`).join("; ");
  return new InvalidParamsError({ rpcCode: -32602, message, method }, issues);
}

function needs(version: string, server: ServerVersion): string {
  return `needs codex ${version} or newer, and this server is ${server.name} ${server.version}. Nothing was sent`;
}

/** Of a server that does not tell its version, or was built from a checkout (0.0.0), nothing is known. */
export function isOlder({ version }: ServerVersion, than: string): boolean {
  return /^\d+\.\d+\.\d+/.test(version) && !version.startsWith("0.0.0") && compareVersions(version, than) < 0;
}

/** Whether something stands at a path. `null` asks for nothing: it is what a server does that does not know the param. */
function holds(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return value !== undefined && value !== null;
  if (typeof value !== "object" || value === null) return false;
  if (step === "[]") return Array.isArray(value) && value.some((each) => holds(each, rest));
  if (step === "{}") return Object.values(value).some((each) => holds(each, rest));
  return Object.hasOwn(value, step) && holds((value as Record<string, unknown>)[step], rest);
}
