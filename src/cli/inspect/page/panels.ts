import { visible } from "../../../util/visible.ts";
import type { Builder } from "./builder.ts";
import { compareView, type Side } from "./compare_view.ts";
import { Conversation } from "./conversation.ts";
import { detailsView, type RowActions } from "./details.ts";
import { button, byId, h } from "./dom.ts";
import { questionView } from "./questions_view.ts";
import type { Row } from "./row.ts";
import type { PageSchema } from "./schema.ts";
import { stateView } from "./state_view.ts";
import type { View } from "./view.ts";

/** What stands beside the list. */
export type PanelName = "details" | "state" | "request" | "questions" | "compare";

const NAMES: readonly (readonly [PanelName, string])[] = [
  ["details", "Details"],
  ["state", "State"],
  ["request", "Request"],
  ["questions", "Questions"],
  ["compare", "Compare"],
];

/** In one frame the state takes no more lines than these in. */
const LINES_A_FRAME = 3000;

/** What stands beside the list: a line, the conversation, a request, questions, two recordings. */
export class Panels {
  selected: Row | null = null;
  readonly #app: View;
  readonly #tabs = byId("tabs");
  readonly #panel = byId("panel");
  #name: PanelName = "details";
  #schema: PageSchema | null = null;
  #builder: Builder | null = null;
  /** What the panel shows at the moment, so that it is drawn anew only for something new. */
  #drawn = "";
  #conversation: Conversation | null = null;
  #conversationOf = "";
  /** How many of the store's lines it has taken in, those that have gone included. */
  #taken = 0;

  constructor(app: View) {
    this.#app = app;
  }

  learn(schema: PageSchema, builder: Builder): void {
    this.#schema = schema;
    this.#builder = builder;
    this.#drawn = "";
    this.draw();
  }

  show(name: PanelName): void {
    this.#name = name;
    this.draw();
  }

  select(row: Row | null): void {
    this.selected = row;
    if (row !== null && this.#name !== "state") this.#name = "details";
    this.draw();
  }

  /** Says what went wrong. */
  complain(text: string): void {
    this.#panel.prepend(h("p", { class: "failure", attributes: { role: "alert" } }, text));
  }

  draw(): void {
    const { questions } = this.#app.live;
    const tabs = NAMES.map(([name, label]) => {
      const count = name === "questions" && questions.size > 0 ? ` (${questions.size})` : "";
      const attributes = { role: "tab", "aria-selected": String(name === this.#name) };
      return button(label + count, () => this.show(name), { attributes });
    });
    const focused = [...this.#tabs.children].indexOf(document.activeElement!);
    this.#tabs.replaceChildren(...tabs);
    if (focused !== -1) tabs[focused]?.focus();
    switch (this.#name) {
      case "details":
        return this.#once(
          `details ${this.selected?.event.n} ${this.selected?.pair?.event.n} ${this.#app.store.title}`,
          () => detailsView(this.selected, this.#schema, this.#actions),
        );
      case "request":
        return this.#once(`request ${this.#builder !== null}`, () => this.#builder?.element ?? h("p", {}, "loading"));
      case "questions":
        return this.#once(`questions ${[...questions.keys()].join(" ")}`, () => this.#questions());
      case "compare":
        return this.#once(
          `compare ${this.#app.stores.map(({ connections }) => connections.length).join(" ")}`,
          () => this.#compare(),
        );
      case "state":
        return this.#state();
    }
  }

  readonly #actions: RowActions = {
    select: (row) => this.#app.select(row),
    again: (method, params) => {
      this.#builder?.show(method, params);
      this.show("request");
    },
    questions: () => this.show("questions"),
    isOwn: (row) => this.#isOwn(row),
  };

  #isOwn({ event }: Row): boolean {
    return this.#app.store === this.#app.live && this.#app.live.connection(event.c)?.kind === "own";
  }

  #once(key: string, make: () => HTMLElement): void {
    if (this.#drawn === key) return;
    this.#drawn = key;
    this.#panel.replaceChildren(make());
  }

  #questions(): HTMLElement {
    const rows = [...this.#app.live.questions.values()];
    if (rows.length === 0) return h("p", { class: "hint" }, "The server asks nothing at the moment.");
    const schema = this.#schema;
    if (schema === null) return h("p", {}, "loading");
    return h(
      "div",
      {},
      ...rows.map((row) => questionView(row, schema, this.#app.live.connection(row.event.c)?.kind === "own")),
    );
  }

  #state(): void {
    const { store, filter, until } = this.#app;
    const thread = filter.thread ?? this.selected?.thread ?? this.#app.latestThread();
    if (thread === null) {
      return this.#once("no state", () => h("p", { class: "hint" }, "No conversation was seen yet."));
    }
    const root = rootOf(thread, (id) => store.threads.get(id)?.parent ?? null);
    // A line that is chosen is a moment that is asked about.
    const last = Math.min(this.selected?.event.t ?? Infinity, until);
    const key = `${store.title} ${root} ${last}`;
    if (this.#conversationOf !== key) {
      this.#conversationOf = key;
      this.#conversation = new Conversation(root, store.threads.get(root)?.connection ?? null);
      this.#taken = 0;
    }
    const { rows, dropped } = store;
    let at = Math.max(0, this.#taken - dropped);
    const stop = Math.min(rows.length, at + LINES_A_FRAME);
    for (; at < stop && rows[at]!.event.t <= last; at++) this.#conversation!.take(rows[at]!);
    this.#taken = dropped + at;
    if (at === stop && stop < rows.length) requestAnimationFrame(() => this.draw());
    const moment = last === Infinity ? "Now" : "At the line that is chosen";
    this.#once(`state ${key} ${this.#taken}`, () =>
      h(
        "div",
        {},
        h("h2", {}, "Conversation"),
        h("p", { class: "hint" }, `${moment}, made of ${this.#taken} lines of ${dropped + rows.length}.`),
        last === Infinity ? null : button("Show it as it is now", () => this.#now()),
        stateView(this.#conversation!.state),
      ));
  }

  #now(): void {
    this.selected = null;
    this.draw();
  }

  #compare(): HTMLElement {
    const sides: Side[] = this.#app.stores.flatMap((store) =>
      store.connections.map(({ id, title }) => ({
        title: store.title === title ? title : `${store.title}: ${title}`,
        get rows() {
          return store.rows.filter(({ event }) => event.c === id && (event.d === "in" || event.d === "out"));
        },
      }))
    );
    if (sides.length < 2) {
      return h("p", { class: "hint" }, "Two connections can be compared: open a recording, or two.");
    }
    const choose = (label: string, chosen: number) => {
      const select = h(
        "select",
        { attributes: { "aria-label": label } },
        ...sides.map(({ title }, at) => h("option", { attributes: { value: String(at) } }, visible(title))),
      );
      select.value = String(chosen);
      return select;
    };
    const [left, right] = [choose("the one", sides.length - 2), choose("the other", sides.length - 1)];
    const result = h("div", {});
    const run = () => {
      const [one, other] = [sides[Number(left.value)]!, sides[Number(right.value)]!];
      result.replaceChildren(compareView(one, other, (row) => this.#app.select(row)));
    };
    return h(
      "div",
      {},
      h("h2", {}, "Compare"),
      h("div", { class: "row" }, left, right, button("Compare", run)),
      result,
    );
  }
}

/** The thread that all of it began with. */
function rootOf(thread: string, parentOf: (id: string) => string | null): string {
  for (let depth = 0; depth < 20; depth++) {
    const parent = parentOf(thread);
    if (parent === null) break;
    thread = parent;
  }
  return thread;
}
