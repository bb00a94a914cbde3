import type { ItemState, ThreadState, TurnState } from "../../../state/mod.ts";
import { visible } from "../../../util/visible.ts";
import { h } from "./dom.ts";
import { jsonView } from "./json_view.ts";
import { isObject } from "./row.ts";

/** So many turns are drawn, and items of each: the last ones. */
const TURNS = 30;
const ITEMS = 200;
const TEXT = 4000;

/** A conversation, as `./state` has it. */
export function stateView(state: ThreadState): HTMLElement {
  const { thread, turns, usage, plan, questions, agents, gap } = state;
  const facts: [string, string][] = [["thread", state.threadId]];
  if (thread?.name) facts.push(["name", thread.name]);
  if (thread?.status) facts.push(["status", thread.status.type]);
  if (usage) facts.push(["tokens", `${usage.total.totalTokens} in all, ${usage.last.totalTokens} in the last request`]);
  if (questions.length > 0) facts.push(["open questions", questions.map(({ method }) => method).join(", ")]);
  if (gap !== null) {
    facts.push(["missing", gap.turnId === null ? "what was before" : `what was after turn ${gap.turnId}`]);
  }
  const list = h("dl", {});
  for (const [name, text] of facts) list.append(h("dt", {}, name), h("dd", {}, visible(text)));
  const root = h("div", { class: "state" }, list);
  if (plan) {
    const steps = plan.plan.map(({ step, status }) => h("li", { class: status }, visible(step)));
    root.append(h("h3", {}, "Plan"), h("ul", { class: "plan" }, ...steps));
  }
  if (turns.length > TURNS) root.append(h("p", { class: "hint" }, `${turns.length - TURNS} turns before`));
  for (const turn of turns.slice(-TURNS)) root.append(turnView(turn));
  for (const agent of Object.values(agents)) {
    root.append(
      h("details", { class: "agent" }, h("summary", {}, `Agent ${visible(agent.threadId)}`), stateView(agent)),
    );
  }
  root.append(h("h3", {}, "As data"), jsonView(state, 1));
  return root;
}

function turnView({ turn, items, retrying }: TurnState): HTMLElement {
  const root = h("section", { class: `turn ${turn.status}` }, h("h3", {}, visible(`Turn · ${turn.status}`)));
  if (turn.error) root.append(h("p", { class: "failure" }, visible(turn.error.message)));
  if (retrying) root.append(h("p", { class: "failure" }, `tries again: ${visible(retrying.message)}`));
  if (items.length > ITEMS) root.append(h("p", { class: "hint" }, `${items.length - ITEMS} items before`));
  for (const item of items.slice(-ITEMS)) root.append(itemView(item));
  return root;
}

function itemView({ item, streaming, output, question }: ItemState): HTMLElement {
  const details = item as unknown as Record<string, unknown>;
  const texts = [textOf(details), output ?? ""].filter((text) => text !== "");
  const status = typeof details["status"] === "string" ? ` · ${details["status"]}` : "";
  return h(
    "div",
    { class: `item ${streaming ? "streaming" : ""}` },
    h("h4", {}, visible(`${item.type}${status}${streaming ? " …" : ""}${question === undefined ? "" : " · asks"}`)),
    ...texts.map((text) => h("pre", {}, visible(text.length > TEXT ? `${text.slice(0, TEXT)}…` : text))),
  );
}

function textOf(item: Record<string, unknown>): string {
  for (const name of ["text", "command", "query", "review", "tool", "path"]) {
    const found = item[name];
    if (typeof found === "string" && found !== "") return found;
  }
  for (const name of ["content", "summary"]) {
    const parts = item[name];
    if (!Array.isArray(parts)) continue;
    const texts = parts.map((part) =>
      typeof part === "string" ? part : isObject(part) ? part["text"] ?? part["type"] : ""
    );
    if (texts.some((text) => text !== "")) return texts.join("\n");
  }
  const { changes } = item;
  if (Array.isArray(changes)) return changes.map((change) => isObject(change) ? String(change["path"]) : "").join("\n");
  return "";
}
