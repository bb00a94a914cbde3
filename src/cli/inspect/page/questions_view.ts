import { visible } from "../../../util/visible.ts";
import { button, h } from "./dom.ts";
import { exampleOf } from "./form.ts";
import { jsonView } from "./json_view.ts";
import { offersOf } from "./offers.ts";
import { isObject, messageOf, type Row } from "./row.ts";
import type { PageSchema } from "./schema.ts";
import { act } from "./session.ts";

/** What the server asks. Of a client that is looked at, only that client answers. */
export function questionView(row: Row, schema: PageSchema, isOwn: boolean): HTMLElement {
  const { method, event } = row;
  const message = messageOf(event);
  const params = isObject(message?.params) ? message.params : {};
  const said = h("p", { class: "said", attributes: { role: "status" } });
  const answer = async (body: Readonly<Record<string, unknown>>) => {
    try {
      await act("answer", { connection: event.c, id: message?.id, ...body });
      said.textContent = "Answered.";
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  const root = h("section", { class: "asking" }, h("h3", {}, visible(method)));
  for (const name of ["reason", "command", "cwd", "message"]) {
    if (typeof params[name] === "string") root.append(h("p", {}, `${name}: `, h("code", {}, visible(params[name]))));
  }
  root.append(h("details", {}, h("summary", {}, "What it says"), jsonView(params, 2)));
  if (!isOwn) {
    root.append(
      h("p", { class: "hint" }, "Asked of the client that is inspected: it answers, and nobody on its behalf."),
    );
    return root;
  }
  const buttons = offersOf(method, params, schema).map((result) => {
    const label = isObject(result) && typeof result["decision"] === "string"
      ? result["decision"]
      : JSON.stringify(result);
    return button(visible(label), () => void answer({ result }), { title: JSON.stringify(result) });
  });
  const example = exampleFor(method, params, schema);
  const input = h("textarea", {
    class: "json-input",
    attributes: { rows: "5", spellcheck: "false", "aria-label": "answer as JSON" },
  });
  input.value = JSON.stringify(example, null, 2);
  const send = button("Answer with this", () => {
    try {
      void answer({ result: JSON.parse(input.value) });
    } catch (error) {
      said.textContent = `This is not JSON: ${error instanceof Error ? error.message : error}`;
    }
  }, { class: "primary" });
  const refuse = button("Refuse with an error", () => {
    void answer({ error: { code: -32601, message: "Refused by hand" } });
  });
  root.append(h("div", { class: "tools" }, ...buttons), input, h("div", { class: "tools" }, send, refuse), said);
  return root;
}

function exampleFor(method: string, params: Record<string, unknown>, schema: PageSchema): unknown {
  const { questions } = params;
  if (method === "item/tool/requestUserInput" && Array.isArray(questions)) {
    const answers = questions.filter(isObject).map(({ id, options }) => {
      const first = Array.isArray(options) && isObject(options[0]) ? String(options[0]["label"]) : "";
      return [String(id), { answers: [first] }];
    });
    return { answers: Object.fromEntries(answers) };
  }
  const type = schema.answers[method]?.type;
  return type === undefined ? {} : exampleOf(schema, { ref: type });
}
