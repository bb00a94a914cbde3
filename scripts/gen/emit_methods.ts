/**
 * `gen/methods.ts` and the three tables that it brings together.
 *
 * @module
 */
import { docBlock, joinDocs } from "./docs.ts";
import { HEADER, importLine } from "./emit_file.ts";
import type { Method, Protocol } from "./model.ts";

/** The text of `gen/client_requests.ts`. */
export function emitClientRequests(protocol: Protocol): string {
  return emitCalls(protocol.requests, {
    module: "The requests of a client.",
    type: "ClientRequests",
    typeDocs:
      "Every request of a client: what it takes, and what it is answered with. `undefined` params are not sent.",
    table: "CLIENT_REQUESTS",
    tableDocs: "The schemas of every request of a client. `params: null`: the request takes none.",
    entryDocs: "What is known of one request at run time.",
  });
}

/** The text of `gen/server_requests.ts`. */
export function emitServerRequests(protocol: Protocol): string {
  return emitCalls(protocol.serverRequests, {
    module: "The requests of the server: what it asks of the client.",
    type: "ServerRequests",
    typeDocs: "Every request of the server: what it carries, and what a client answers.",
    table: "SERVER_REQUESTS",
    tableDocs: "The schemas of every request of the server.",
    entryDocs: "What is known of one request of the server at run time.",
  });
}

/** The text of `gen/server_notifications.ts`. */
export function emitNotifications(protocol: Protocol): string {
  const methods = protocol.notifications;
  return [
    HEADER,
    docBlock("The notifications of the server.\n\n@module"),
    ...importsOf(methods),
    "\n",
    docBlock("Every notification of the server, with its params."),
    "export interface ServerNotifications {\n",
    ...methods.map((method) => `${entryDocs(method)}  ${key(method)}: ${method.params ?? "undefined"};\n`),
    "}\n\n",
    docBlock("What is known of one notification at run time."),
    "export interface ServerNotificationEntry<M extends keyof ServerNotifications = keyof ServerNotifications> {\n",
    "  /** Validates the params. */\n  readonly params: Schema<ServerNotifications[M]>;\n",
    "  /** Only servers that were told `experimentalApi` send it. */\n  readonly experimental: boolean;\n}\n\n",
    docBlock("The schemas of every notification of the server."),
    "export const SERVER_NOTIFICATIONS: { readonly [M in keyof ServerNotifications]: ServerNotificationEntry<M> } = {\n",
    ...methods.map((method) =>
      `  ${key(method)}: { params: ${paramsSchema(method)}, experimental: ${method.experimental} },\n`
    ),
    "};\n",
  ].join("");
}

interface CallTexts {
  readonly module: string;
  readonly type: string;
  readonly typeDocs: string;
  readonly table: string;
  readonly tableDocs: string;
  readonly entryDocs: string;
}

function emitCalls(methods: readonly Method[], texts: CallTexts): string {
  const entry = `${texts.type.slice(0, -1)}Entry`;
  return [
    HEADER,
    docBlock(`${texts.module}\n\n@module`),
    ...importsOf(methods),
    "\n",
    docBlock(texts.typeDocs),
    `export interface ${texts.type} {\n`,
    ...methods.map((method) =>
      `${entryDocs(method)}  ${key(method)}: { params: ${paramsType(method)}; result: ${method.result} };\n`
    ),
    "}\n\n",
    docBlock(texts.entryDocs),
    `export interface ${entry}<M extends keyof ${texts.type} = keyof ${texts.type}> {\n`,
    `  /** Validates the params; \`null\` if there are none. */\n`,
    `  readonly params: Schema<${texts.type}[M]["params"]> | null;\n`,
    `  /** Validates the result. */\n  readonly result: Schema<${texts.type}[M]["result"]>;\n`,
    `  /** Exists only between peers that agreed on \`experimentalApi\`. */\n  readonly experimental: boolean;\n}\n\n`,
    docBlock(texts.tableDocs),
    `export const ${texts.table}: { readonly [M in keyof ${texts.type}]: ${entry}<M> } = {\n`,
    ...methods.map(tableEntry),
    "};\n",
  ].join("");
}

function tableEntry(method: Method): string {
  const parts = [
    `params: ${paramsSchema(method)}`,
    `result: ${method.result}Schema`,
    `experimental: ${method.experimental}`,
  ];
  const line = `  ${key(method)}: { ${parts.join(", ")} },\n`;
  return line.length <= 121 ? line : `  ${key(method)}: {\n${parts.map((part) => `    ${part},\n`).join("")}  },\n`;
}

function key(method: Method): string {
  return JSON.stringify(method.method).replace(/^"(\w+)"$/, "$1");
}

function paramsType(method: Method): string {
  if (method.params === null) return "undefined";
  return method.nullableParams ? `${method.params} | null` : method.params;
}

function paramsSchema(method: Method): string {
  if (method.params === null) return "null";
  return method.nullableParams ? `nullable(${method.params}Schema)` : `${method.params}Schema`;
}

function entryDocs(method: Method): string {
  return docBlock(joinDocs(method.docs || `\`${method.method}\``, method.experimental ? "@experimental" : ""), "  ");
}

function importsOf(methods: readonly Method[]): string[] {
  const names = new Set<string>();
  for (const { params, result } of methods) {
    for (const name of [params, result]) if (name !== null) names.add(`type ${name}`).add(`${name}Schema`);
  }
  const nullable = methods.some((method) => method.nullableParams);
  return [
    importLine([...names], "./definitions.ts"),
    importLine(["type Schema"], "../src/schema/schema.ts"),
    ...(nullable ? [importLine(["nullable"], "../src/schema/support.ts")] : []),
  ];
}
