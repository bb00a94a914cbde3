/**
 * `gen/routing.ts`: where each message from the server says whom it concerns.
 *
 * @module
 */
import { docBlock } from "./docs.ts";
import { HEADER } from "./emit_file.ts";
import { compare, type Definition, type Field, type Method, type Protocol } from "./model.ts";

/** For each field of a route, the places that are looked at; the first that exists is taken. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  thread: ["threadId", "thread.id", "conversationId"],
  turn: ["turnId", "turn.id"],
  // A tool call's id is that of its item: seen in real traffic, where `item/tool/call` has no other.
  item: ["itemId", "item.id", "callId"],
  login: ["loginId"],
};

/** The text of `gen/routing.ts`. */
export function emitRouting(protocol: Protocol): string {
  const methods = [...protocol.notifications, ...protocol.serverRequests];
  return [
    HEADER,
    docBlock("Where each message from the server says whom it concerns.\n\n@module"),
    "\n",
    docBlock(
      "Where a message's params hold its ids: `threadId` is `params.threadId`, `thread.id` is `params.thread.id`. " +
        "A place that is absent does not exist in the message; one that is present may still hold `null`.",
    ),
    "export interface Route {\n",
    ...Object.entries(PLACES).map(([name, places]) =>
      `  /** Where the id of the ${name} is. */\n` +
      `  readonly ${name}?: ${places.map((place) => JSON.stringify(place)).join(" | ")};\n`
    ),
    docBlock("The message is one piece of a text: neighbours that agree in all but `delta` can be joined.", "  "),
    "  readonly delta?: true;\n",
    "}\n\n",
    docBlock("The route of every notification and request of the server, by method."),
    "export const ROUTING: Readonly<Record<string, Route>> = {\n",
    ...methods.map((method) => `  ${JSON.stringify(method.method)}: ${routeText(method, protocol)},\n`)
      .sort(compare),
    "};\n",
  ].join("");
}

function routeText(method: Method, protocol: Protocol): string {
  const definition = method.params === null ? undefined : protocol.definitions.get(method.params);
  const parts: string[] = [];
  for (const [name, places] of Object.entries(PLACES)) {
    const place = places.find((candidate) => exists(candidate.split("."), definition, protocol));
    if (place !== undefined) parts.push(`${name}: ${JSON.stringify(place)}`);
  }
  const delta = fieldOf("delta", definition, protocol);
  const mergeable = delta?.required === true && delta.shape.kind === "string" &&
    parts.some((p) => p === 'item: "itemId"');
  if (mergeable) parts.push("delta: true");
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function exists([name, ...rest]: readonly string[], definition: Definition | undefined, protocol: Protocol): boolean {
  const field = fieldOf(name!, definition, protocol);
  if (field === undefined || rest.length === 0) return field !== undefined;
  return field.shape.kind === "ref" && exists(rest, protocol.definitions.get(field.shape.name), protocol);
}

/** The field that every value of the definition may have. */
function fieldOf(name: string, definition: Definition | undefined, protocol: Protocol): Field | undefined {
  const shape = definition?.shape;
  if (shape?.kind === "object") return shape.fields.find((field) => field.name === name);
  if (shape?.kind === "any_of") {
    const fields = shape.options.map((option) =>
      option.kind === "object" && option.fields.find((f) => f.name === name)
    );
    return fields.every((field) => field !== undefined && field !== false) ? fields[0] as Field : undefined;
  }
  if (shape?.kind !== "tagged") return undefined;
  const fields = shape.variants.map((variant) => fieldOf(name, protocol.definitions.get(variant.name), protocol));
  return fields.every((field) => field !== undefined) ? fields[0] : undefined;
}
