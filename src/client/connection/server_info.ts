import type { InitializeResponse } from "../../../gen/mod.ts";

/** Which server this is. */
export interface ServerInfo {
  /** `codex`, or what a server of another make calls itself. */
  readonly name: string;
  /** Its version, such as `0.169.0`; empty if it does not tell. */
  readonly version: string;
}

/** What follows the version of a real codex: its system and its processor. */
const REAL = /\/(\d+\.\d+\.\d+[^\s();/]*) \([^()]*; (?:x86_64|aarch64|arm64|amd64|x86|i\d86|arm\w*|unknown)\)/;
/** The version of any other server. */
const OTHER = /[/ ](\d+\.\d[^\s();/]*)/;

/**
 * The server's name and version, out of its user agent. A real codex begins that with the name of a client, which may
 * look like anything: of this client, or of whoever was the first on a shared server.
 *
 * @param clientName What the server was told of this client.
 */
export function serverInfo({ userAgent }: Pick<InitializeResponse, "userAgent">, clientName: string): ServerInfo {
  const own = userAgent.startsWith(`${clientName}/`);
  const rest = own ? userAgent.slice(clientName.length) : userAgent;
  const real = REAL.exec(rest);
  if (real !== null) return { name: "codex", version: real[1]! };
  const other = OTHER.exec(rest);
  const name = (other === null ? rest : rest.slice(0, other.index)).trim();
  return { name: own || name === "" ? "codex" : name, version: other?.[1] ?? "" };
}
