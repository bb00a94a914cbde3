import { visible } from "../../../util/visible.ts";
import { h } from "./dom.ts";
import { hue, span } from "./list.ts";
import type { Filter } from "./filter.ts";
import type { Store, ThreadEntry, TurnEntry } from "./store.ts";

/** What one can choose among connections, threads and turns. */
export type Choice = Pick<Filter, "connection" | "thread" | "turn">;

/** So many threads, and turns of each, are drawn: the last ones. */
const DRAWN = 60;

/** The connections with their threads and these with their turns; each narrows the list down. */
export function threadsView(store: Store, chosen: Choice, choose: (choice: Choice) => void): HTMLElement {
  const root = h("div", { class: "tree" });
  const entry = (label: string, more: string, choice: Choice, className: string, title: string) => {
    const isChosen = choice.connection === chosen.connection && choice.thread === chosen.thread &&
      choice.turn === chosen.turn;
    const made = h(
      "button",
      {
        class: `${className}${isChosen ? " chosen" : ""}`,
        title,
        attributes: { type: "button" },
        on: { click: () => choose(choice) },
      },
      h("span", { class: "label" }, visible(label)),
      h("span", { class: "more" }, more),
    );
    root.append(made);
    return made;
  };
  entry("Everything", String(store.rows.length), { connection: null, thread: null, turn: null }, "all", "");
  const threads = [...store.threads.values()];
  for (const { id, title, ended, kind } of store.connections) {
    const state = ended === null ? "open" : ended;
    entry(
      title,
      "",
      { connection: id, thread: null, turn: null },
      `connection ${kind} ${ended === null ? "open" : ""}`,
      `${title}: ${state}`,
    );
    const own = threads.filter(({ connection }) => connection === id);
    const ids = new Set(own.map((thread) => thread.id));
    const tops = own.filter(({ parent }) => parent === null || !ids.has(parent));
    for (const thread of tops.slice(-DRAWN)) drawThread(thread, own, 0);
    if (tops.length > DRAWN) root.append(h("p", { class: "hint" }, `and ${tops.length - DRAWN} threads before`));
  }
  return root;

  function drawThread(thread: ThreadEntry, all: readonly ThreadEntry[], depth: number): void {
    const { id, name, connection, turns } = thread;
    const choice = { connection, thread: id, turn: null };
    entry(name || id, String(thread.count), choice, `thread${depth > 0 ? " agent" : ""}`, `Thread ${id}`);
    for (const turn of [...turns.values()].slice(-DRAWN)) drawTurn(turn, thread);
    if (depth < 5) {
      for (const child of all) if (child.parent === id && child !== thread) drawThread(child, all, depth + 1);
    }
  }

  function drawTurn({ id, status, startedAt, endedAt, count }: TurnEntry, thread: ThreadEntry): void {
    const took = endedAt === null ? "running" : span(endedAt - startedAt);
    const place = [...thread.turns.keys()].indexOf(id) + 1;
    const choice = { connection: thread.connection, thread: thread.id, turn: id };
    const made = entry(
      `Turn ${place}${/^(inProgress|completed)$/.test(status) ? "" : ` · ${status}`}`,
      `${took} · ${count}`,
      choice,
      `turn ${status}`,
      `Turn ${id}`,
    );
    made.style.setProperty("--hue", String(hue(id)));
  }
}
