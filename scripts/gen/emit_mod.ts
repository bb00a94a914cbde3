/**
 * The files of `gen/` that are the same for every protocol but for a list or a number.
 *
 * @module
 */
import { docBlock } from "./docs.ts";
import { HEADER } from "./emit_file.ts";
import { compare } from "./model.ts";
import type { Provenance } from "./provenance.ts";

/** The text of `gen/definitions.ts`: one door to the domains, for the tables need nearly all of them. */
export function emitDefinitions(files: readonly string[]): string {
  return `${HEADER}${docBlock("Every definition of the protocol.\n\n@module")}${exportAll(files)}`;
}

/** Files without values: nothing is loaded for them. */
const TYPES_ONLY = new Set(["methods"]);

/** What a user of the schemas needs beside them. Written by hand: see `src/schema`. */
const SCHEMA = `export * from "../src/schema/check.ts";
export type * from "../src/schema/schema.ts";
`;

/** The text of `gen/mod.ts`: everything that is public. */
export function emitMod(files: readonly string[]): string {
  const docs =
    `The whole protocol of \`codex app-server\`, generated: a type and a valibot schema for every definition, and what
every method takes, answers and carries.

@example
\`\`\`ts
import { CLIENT_REQUESTS, check, type ParamsOf } from "@codex-app-server/sdk/protocol";
import { assertEquals } from "@std/assert";

const params: ParamsOf<"thread/read"> = { threadId: "019a" };
assertEquals(check(CLIENT_REQUESTS["thread/read"].params!, params).typed, true);
\`\`\`

@module`;
  return `${HEADER}${docBlock(docs)}${SCHEMA}${exportAll(files)}`;
}

function exportAll(files: readonly string[]): string {
  const kind = (file: string) => TYPES_ONLY.has(file) ? "type *" : "*";
  return [...files].sort(compare).map((file) => `export ${kind(file)} from "./${file}.ts";\n`).join("");
}

/** The text of `gen/methods.ts`. */
export const METHODS: string = `${HEADER}/**
 * The protocol by method.
 *
 * @module
 */
import type { ClientRequests } from "./client_requests.ts";
import type { ServerNotifications } from "./server_notifications.ts";
import type { ServerRequests } from "./server_requests.ts";

/** The name of a request that a client can make. */
export type RequestMethod = keyof ClientRequests;

/** What the request \`M\` takes. \`undefined\` if it takes nothing. */
export type ParamsOf<M extends RequestMethod> = ClientRequests[M]["params"];

/** What the request \`M\` is answered with. */
export type ResultOf<M extends RequestMethod> = ClientRequests[M]["result"];

/** The name of a notification of the server. */
export type NotificationMethod = keyof ServerNotifications;

/** The notification \`M\` of the server. */
export interface NotificationOf<M extends NotificationMethod> {
  /** Which notification it is. */
  readonly method: M;
  /** What it carries. */
  readonly params: ServerNotifications[M];
  /** When the server sent it, in milliseconds since 1970. */
  readonly emittedAtMs?: number;
}

/** Any notification of the server; \`method\` tells which. */
export type Notification = { [M in NotificationMethod]: NotificationOf<M> }[NotificationMethod];

/** The name of a request that the server can make. */
export type ServerRequestMethod = keyof ServerRequests;

/** What the server's request \`M\` carries. */
export type ServerRequestParamsOf<M extends ServerRequestMethod> = ServerRequests[M]["params"];

/** What a client answers to the server's request \`M\`. */
export type ServerRequestResultOf<M extends ServerRequestMethod> = ServerRequests[M]["result"];

/** Every notification of a client, with its params. */
export interface ClientNotifications {
  /** Ends the handshake: sent once, after the answer to \`initialize\`. */
  initialized: undefined;
}
`;

/** The text of \`gen/provenance.ts\`: what code may want to know of `provenance.json`, which not every runtime imports. */
export function emitProvenance(provenance: Provenance): string {
  return `${HEADER}/**
 * What the protocol was generated from.
 *
 * @module
 */

/** The version of the runtime that this protocol is of. */
export const CODEX_VERSION: string = ${JSON.stringify(provenance.codexVersion)};
`;
}
