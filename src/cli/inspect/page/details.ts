import { visible } from "../../../util/visible.ts";
import { asTypeScript } from "./as_typescript.ts";
import { button, copy, h } from "./dom.ts";
import { jsonView } from "./json_view.ts";
import { span } from "./list.ts";
import { messageOf, type Row } from "./row.ts";
import type { PageSchema } from "./schema.ts";

/** What can be done with a line. */
export interface RowActions {
  select(row: Row): void;
  /** Puts a request into the builder. */
  again(method: string, params: unknown): void;
  /** Goes to the questions. */
  questions(): void;
  isOwn(row: Row): boolean;
}

/** Everything about one line. */
export function detailsView(row: Row | null, schema: PageSchema | null, actions: RowActions): HTMLElement {
  if (row === null) return h("p", { class: "hint" }, "Choose a line. The arrow keys go on from there.");
  const { event, kind, method, pair } = row;
  const message = messageOf(event);
  const docs = schema?.requests[method]?.docs ?? "";
  const facts: [string, string | null][] = [
    ["kind", WORDS[kind]],
    ["id", row.id],
    ["thread", row.thread],
    ["turn", row.turn],
    ["item", row.item],
    ["at", new Date(event.t).toISOString().replace("T", " ")],
  ];
  const emitted = (message as { emittedAtMs?: unknown } | null)?.emittedAtMs;
  if (typeof emitted === "number") facts.push(["after the server sent it", span(event.t - emitted)]);
  if (event.x !== undefined) facts.push(["length", `${event.x} characters, of which ${event.l.length} are kept`]);
  const list = h("dl", {});
  for (const [name, text] of facts) if (text !== null) list.append(h("dt", {}, name), h("dd", {}, visible(text)));
  const tools = h("div", { class: "tools" });
  const tool = (label: string, press: (from: HTMLElement) => void) => {
    const made = button(label, () => press(made));
    tools.append(made);
  };
  tool("Copy JSON", (from) => void copy(message === null ? event.l : JSON.stringify(message, null, 2), from));
  tool("Copy as TypeScript", (from) => void copy(asTypeScript(row), from));
  if (kind === "request") tool("To the builder", () => actions.again(method, message?.params));
  if (pair !== null) {
    tool(`${WORDS[pair.kind]} (${span(Math.abs(pair.event.t - event.t))})`, () => actions.select(pair));
  } else if (kind === "question" && actions.isOwn(row)) tool("Answer", () => actions.questions());
  return h(
    "div",
    {},
    h("h2", {}, visible(method)),
    docs === "" ? null : h("p", { class: "docs" }, docs),
    tools,
    list,
    message === null ? h("pre", {}, visible(event.l)) : jsonView(message, event.l.length < 4000 ? 6 : 3),
  );
}

const WORDS: Readonly<Record<Row["kind"], string>> = {
  request: "request",
  answer: "answer",
  error: "error",
  event: "event",
  question: "question of the server",
  reply: "reply of the client",
  stderr: "line of the server's stderr",
  note: "note of the inspector",
  unreadable: "no message",
};
