import { visible } from "../../../util/visible.ts";
import { isObject, messageOf, type Row } from "./row.ts";

/** In what is shown, and nowhere in what shows it: Node 20 does not know it. */
const USING = "await using";

/** A line as a program: a request as a call, an event as a fixture for a test, a question as a handler. */
export function asTypeScript(row: Row): string {
  const message = messageOf(row.event);
  if (message === null) return comment(visible(row.event.l));
  switch (row.kind) {
    case "request":
      return requestCall(row.method, message.params);
    case "answer":
    case "error": {
      const asked = row.pair === null ? null : messageOf(row.pair.event);
      if (asked === null || row.pair?.kind !== "request") return value(message.result ?? message.error);
      const what = row.kind === "error" ? "Refused with" : "Answered with";
      return `${requestCall(row.method, asked.params)}\n${
        comment(`${what} ${literal(message.result ?? message.error)}`)
      }`;
    }
    case "question":
      return handler(row.method, row.pair === null ? undefined : messageOf(row.pair.event)?.result);
    case "reply":
      return handler(row.method, message.result);
    case "event":
      return row.event.d === "out" ? value(message) : fixture(row.method, message.params);
    default:
      return value(message);
  }
}

/** A request as a call. */
export function requestCall(method: string, params: unknown): string {
  const args = params === undefined || params === null ? "undefined" : literal(params);
  const start = method === "initialize"
    ? `// "start" makes this request itself.\n${USING} codex = await Codex.start();\n`
    : `${USING} codex = await Codex.start();\nconst result = await codex.request(${text(method)}, ${args});\n`;
  return `import { Codex } from "@codex-app-server/sdk";\n\n${start}`;
}

function handler(method: string, result: unknown): string {
  const answer = result === undefined ? "{ /* the answer */ }" : literal(result, 1);
  return `import { Codex } from "@codex-app-server/sdk";

${USING} codex = await Codex.start({
  handlers: {
    ${text(method)}: (params) => (${answer.replaceAll("\n", "\n  ")}),
  },
});
`;
}

function fixture(method: string, params: unknown): string {
  const args = isObject(params) ? `, ${literal(params)}` : "";
  return `import { notification } from "@codex-app-server/sdk/testing";

const event = notification(${text(method)}${args});
`;
}

function value(data: unknown): string {
  return `const message = ${literal(data)};\n`;
}

function comment(text: string): string {
  return `// ${text.replaceAll("\n", "\n// ")}\n`;
}

/** Names that need no quotes. */
const NAME = /^[A-Za-z_$][\w$]*$/;

/** What is shorter stands in one line. */
const LINE = 80;

/** A value of JSON as one would write it. */
export function literal(data: unknown, depth = 0): string {
  if (typeof data !== "object" || data === null) return text(data);
  const short = JSON.stringify(data).length < LINE ? flat(data) : null;
  if (short !== null && short.length < LINE) return short;
  const within = "  ".repeat(depth + 1);
  const end = "  ".repeat(depth);
  if (Array.isArray(data)) {
    return `[\n${data.map((entry) => `${within}${literal(entry, depth + 1)},`).join("\n")}\n${end}]`;
  }
  const members = Object.entries(data).map(([name, entry]) => `${within}${key(name)}: ${literal(entry, depth + 1)},`);
  return `{\n${members.join("\n")}\n${end}}`;
}

function flat(data: unknown): string {
  if (typeof data !== "object" || data === null) return text(data);
  if (Array.isArray(data)) return `[${data.map(flat).join(", ")}]`;
  const members = Object.entries(data).map(([name, entry]) => `${key(name)}: ${flat(entry)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** As a literal, `__proto__: x` is no member. */
function key(name: string): string {
  return name === "__proto__" ? `["__proto__"]` : NAME.test(name) ? name : text(name);
}

/** What is not seen, or turns the direction of what is, is written as its number. */
function text(data: unknown): string {
  return (JSON.stringify(data) ?? "undefined").replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu,
    (char) =>
      [...Array(char.length).keys()].map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}
