import { requestCall } from "./as_typescript.ts";
import { button, copy, h } from "./dom.ts";
import { choicesOf, exampleOf, fieldsOf, nameOf, resolved, valueOf } from "./form.ts";
import type { FieldOf, PageSchema } from "./schema.ts";
import { act } from "./session.ts";

/** What is at hand when a form is filled in. */
export interface Around {
  readonly thread: string | null;
  readonly turn: string | null;
}

/** Makes requests by hand: a form for the method's params, their JSON, and a button. */
export class Builder {
  readonly element: HTMLElement = h("div", { class: "builder" });
  readonly #schema: PageSchema;
  readonly #target: string;
  readonly #around: () => Around;
  readonly #sent: (connection: number, id: number) => void;
  readonly #method: HTMLInputElement;
  readonly #form: HTMLElement = h("div", { class: "form" });
  readonly #json: HTMLTextAreaElement = h("textarea", {
    class: "json-input",
    attributes: { rows: "8", spellcheck: "false", "aria-label": "params as JSON" },
  });
  readonly #said: HTMLElement = h("p", { class: "said", attributes: { role: "status" } });

  constructor(
    schema: PageSchema,
    target: string,
    around: () => Around,
    sent: (connection: number, id: number) => void,
  ) {
    this.#schema = schema;
    this.#target = target;
    this.#around = around;
    this.#sent = sent;
    const options = Object.entries(schema.requests).map(([method, { experimental }]) =>
      h("option", { attributes: { value: method } }, experimental === true ? "experimental" : "")
    );
    this.#method = h("input", {
      class: "method",
      attributes: { list: "methods", placeholder: "thread/list", spellcheck: "false", "aria-label": "method" },
      on: { change: () => this.#begin({}) },
    });
    const send = button("Send", () => void this.#send(), { class: "primary" });
    const asCode = button("Copy as TypeScript", () => {
      const params = this.#params();
      if (params !== null) void copy(requestCall(this.#method.value, params.value), asCode);
    });
    this.element.append(
      h("p", { class: "hint" }, `Goes to ${target}. Types are those of codex ${schema.version}.`),
      h("datalist", { attributes: { id: "methods" } }, ...options),
      h("div", { class: "row" }, this.#method, send, asCode),
      this.#said,
      this.#json,
      this.#form,
    );
  }

  /** Shows a request, with what it had or with what it needs. */
  show(method: string, params?: unknown): void {
    this.#method.value = method;
    this.#begin(params ?? {});
    if (params !== undefined) this.#json.value = JSON.stringify(params, null, 2);
  }

  #begin(given: unknown): void {
    const { requests } = this.#schema;
    const name = this.#method.value;
    const method = Object.hasOwn(requests, name) ? requests[name] : undefined;
    this.#form.replaceChildren();
    this.#said.textContent = method === undefined && name !== ""
      ? "This method is not known here. It is sent as it is."
      : "";
    if (method === undefined) {
      this.#json.value = "{}";
      return;
    }
    const type = method.type === undefined ? undefined : this.#schema.types[method.type];
    const docs = [method.docs, type?.docs].filter((text) => text !== undefined).join("\n\n");
    if (method.experimental === true) this.#form.append(h("p", { class: "experimental" }, "experimental"));
    if (docs !== "") this.#form.append(h("p", { class: "docs" }, docs));
    const fields = fieldsOf(this.#schema, method.type);
    const params: Record<string, unknown> = {};
    const start = typeof given === "object" && given !== null ? given as Record<string, unknown> : {};
    for (const field of [...fields].sort((a, b) => Number(b.required ?? false) - Number(a.required ?? false))) {
      const known = start[field.name] ?? this.#known(field);
      if (known !== undefined) params[field.name] = known;
      this.#form.append(this.#field(field, known));
    }
    this.#json.value = fields.length > 0
      ? JSON.stringify(params, null, 2)
      : method.type === undefined
      ? ""
      : JSON.stringify(exampleOf(this.#schema, { ref: method.type }), null, 2);
  }

  /** What a member is likely to be. */
  #known({ name, required, shape }: FieldOf): unknown {
    if (required !== true) return undefined;
    const { thread, turn } = this.#around();
    if (name === "threadId" && thread !== null) return thread;
    if (/^(expected)?turnId$/i.test(name) && turn !== null) return turn;
    return exampleOf(this.#schema, shape);
  }

  #field(field: FieldOf, known: unknown): HTMLElement {
    const { name, required, docs, experimental, shape } = field;
    const choices = choicesOf(this.#schema, shape) ??
      (resolved(this.#schema, shape) === "boolean" ? ["true", "false"] : null);
    const isText = resolved(this.#schema, shape) === "string";
    const shown = known === undefined ? "" : typeof known === "string" ? known : JSON.stringify(known);
    const label = { "aria-label": name, name };
    const input = choices !== null
      ? h("select", { attributes: label }, ...["", ...choices].map((choice) => h("option", {}, choice)))
      : h("input", { attributes: { ...label, placeholder: isText ? "" : "JSON", spellcheck: "false" } });
    input.value = shown;
    input.addEventListener("input", () => this.#change(field, input));
    const flags = `${required === true ? " required" : ""}${experimental === true ? " experimental" : ""}`;
    return h(
      "label",
      { class: `field${flags}`, title: docs ?? "" },
      h("span", { class: "name" }, name),
      h("span", { class: "type" }, nameOf(shape)),
      input,
      docs === undefined ? null : h("span", { class: "docs" }, docs),
    );
  }

  /** Takes one member over into the JSON, which is what is sent. */
  #change({ name, shape, required }: FieldOf, input: HTMLInputElement | HTMLSelectElement): void {
    const params = this.#params();
    if (params === null) return;
    const next = { ...params.value as Record<string, unknown> };
    try {
      if (input.value === "" && (required !== true || resolved(this.#schema, shape) !== "string")) delete next[name];
      else {
        const isBoolean = resolved(this.#schema, shape) === "boolean";
        next[name] = isBoolean ? input.value === "true" : valueOf(this.#schema, shape, input.value);
      }
      this.#json.value = JSON.stringify(next, null, 2);
      this.#said.textContent = "";
      input.setCustomValidity("");
    } catch {
      input.setCustomValidity("JSON");
      this.#said.textContent = `${name}: this is not JSON yet`;
    }
  }

  #params(): { readonly value: unknown } | null {
    const text = this.#json.value.trim();
    if (text === "") return { value: undefined };
    try {
      return { value: JSON.parse(text) };
    } catch (error) {
      this.#said.textContent = `The params are not JSON: ${error instanceof Error ? error.message : error}`;
      return null;
    }
  }

  async #send(): Promise<void> {
    const params = this.#params();
    if (params === null || this.#method.value === "") return;
    this.#said.textContent = `Goes to ${this.#target} …`;
    try {
      const { connection, id } = await act("request", { method: this.#method.value, params: params.value });
      this.#said.textContent = `Sent as request ${id}.`;
      if (connection !== undefined && id !== undefined) this.#sent(connection, id);
    } catch (error) {
      this.#said.textContent = error instanceof Error ? error.message : String(error);
    }
  }
}
