import type { ThreadItem } from "../../gen/mod.ts";
import { list, text, time } from "./lenient.ts";
import { keep } from "./same.ts";
import type { ItemState } from "./thread_state.ts";
import type { Question } from "./question.ts";

/** The kinds of items. */
export type ItemType = ThreadItem["type"];

/** The item of one kind. */
export type ItemOf<K extends ItemType> = Extract<ThreadItem, { readonly type: K }>;

/** What a state has to know of a kind of items. */
interface Kind<I> {
  /** What it looks like when only a piece of it has come; absent if it never comes in pieces. */
  readonly begin?: (id: string) => I;
  /** One view of a growing item with what another view of it has more. */
  readonly grown?: (item: I, other: I) => I;
  /** What it has printed, if it tells so by itself. */
  readonly output?: (item: I) => string | null | undefined;
  /** The threads of the sub-agents that it names, and whether it is what has made them. */
  readonly agents?: (item: I) => NamedAgents;
  /** Where it stands among items that began in the same millisecond. Default: where it came. */
  readonly within?: Within;
}

/**
 * A place among items that began in the same millisecond. What can end out of turn has one that does not depend on when
 * it ended: what cuts in while others stream is first, calls that run side by side are last, and each by their ids.
 */
export type Within = "first" | "asItCame" | "last";

/** The sub-agents that an item names. */
export interface NamedAgents {
  /** The ids of their threads. */
  readonly ids: readonly string[];
  /** Whether the item is what has made them. */
  readonly spawned: boolean;
}

/** Nothing to add: it comes whole. */
const WHOLE = {};
/** A call that comes whole. */
const CALL = { within: "last" } as const;

/** Every kind of items: one that the protocol adds does not compile until somebody decides what it is. */
export const KINDS: { readonly [K in ItemType]: Kind<ItemOf<K>> } = {
  agentMessage: {
    begin: (id) => ({ type: "agentMessage", id, text: "" }),
    grown: (item, { text }) => ({ ...item, text: longer(item.text, text) }),
  },
  plan: {
    within: "first",
    begin: (id) => ({ type: "plan", id, text: "" }),
    grown: (item, { text }) => ({ ...item, text: longer(item.text, text) }),
  },
  reasoning: {
    begin: (id) => ({ type: "reasoning", id, summary: [], content: [] }),
    grown: (item, { summary, content }) => ({
      ...item,
      summary: longerOfEach(item.summary, summary),
      content: longerOfEach(item.content, content),
    }),
  },
  commandExecution: {
    within: "last",
    begin: (id) => ({ type: "commandExecution", id, command: "", cwd: "", commandActions: [], status: "inProgress" }),
    output: ({ aggregatedOutput }) => aggregatedOutput,
  },
  fileChange: {
    within: "last",
    begin: (id) => ({ type: "fileChange", id, changes: [], status: "inProgress" }),
    grown: (item, { changes }) => list(item.changes).length < list(changes).length ? { ...item, changes } : item,
  },
  mcpToolCall: {
    within: "last",
    begin: (id) => ({ type: "mcpToolCall", id, server: "", tool: "", arguments: null, status: "inProgress" }),
  },
  collabAgentToolCall: {
    within: "last",
    agents: ({ receiverThreadIds, tool }) => ({ ids: receiverThreadIds, spawned: tool === "spawnAgent" }),
  },
  subAgentActivity: {
    within: "last",
    agents: ({ agentThreadId, kind }) => ({ ids: [agentThreadId], spawned: kind === "started" }),
  },
  userMessage: { within: "first" },
  hookPrompt: { within: "first" },
  functionCallOutput: CALL,
  dynamicToolCall: CALL,
  webSearch: WHOLE,
  imageView: CALL,
  sleep: CALL,
  imageGeneration: WHOLE,
  enteredReviewMode: WHOLE,
  exitedReviewMode: WHOLE,
  contextCompaction: WHOLE,
};

/** A newer server may have kinds that nobody here knows: they are shown as they come. */
function kindOf(item: ThreadItem): Kind<ThreadItem> {
  return Object.hasOwn(KINDS, item.type) ? KINDS[item.type] as Kind<ThreadItem> : WHOLE;
}

function longer(a: string | undefined, b: string | undefined): string {
  return text(b).length > text(a).length ? text(b) : text(a);
}

function longerOfEach(first: readonly string[] | undefined, second: readonly string[] | undefined): string[] {
  const [a, b] = [list(first), list(second)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => longer(a[at], b[at]));
}

/** An item's state; what is not there is absent. */
function itemState(
  item: ThreadItem,
  streaming: boolean,
  rest: {
    readonly output?: string | undefined;
    readonly progress?: string | undefined;
    readonly question?: Question | undefined;
  } = {},
): ItemState {
  const { output, progress, question } = rest;
  return {
    item,
    streaming,
    ...(output === undefined ? {} : { output }),
    ...(progress === undefined ? {} : { progress }),
    ...(question === undefined ? {} : { question }),
  };
}

/** An item of which only a piece has come so far. */
export function begunItem(type: keyof PiecewiseItems, id: string): ItemState {
  return itemState(KINDS[type].begin!(id), true);
}

/** The kinds that come in pieces. */
export type PiecewiseItems = {
  [K in "agentMessage" | "plan" | "reasoning" | "commandExecution" | "fileChange" | "mcpToolCall"]: ItemOf<K>;
};

/** An item has begun: for the first time, again (ids of calls can repeat), or it is only said once more. */
export function startedItem(before: ItemState | undefined, item: ThreadItem): ItemState {
  if (before === undefined) return itemState(item, true);
  if (!before.streaming) return beganAgain(before.item, item) ? itemState(item, true) : before;
  return keep(before, { ...before, item: grown(item, before.item) });
}

/** An item is as it stays. */
export function completedItem(before: ItemState | undefined, item: ThreadItem): ItemState {
  if (before !== undefined && !before.streaming && isLater(before.item, item)) return before;
  return keep(before, itemState(item, false, { output: kindOf(item).output?.(item) ?? before?.output }));
}

/** What a stored turn that still runs says of one of its items. */
export function seenItem(before: ItemState | undefined, item: ThreadItem): ItemState {
  const streaming = item.completedAtMs === null || "status" in item && item.status === "inProgress";
  if (!streaming) return completedItem(before, item);
  if (before !== undefined && !before.streaming && !beganAgain(before.item, item)) return before;
  const output = kindOf(item).output?.(item) ?? undefined;
  if (before === undefined || !before.streaming) return itemState(item, true, { output });
  return keep(
    before,
    itemState(grown(item, before.item), true, {
      ...before,
      output: output === undefined ? before.output : longer(output, before.output ?? ""),
    }),
  );
}

/** The threads of sub-agents that an item names. */
export function agentsOf(item: ThreadItem): NamedAgents | undefined {
  return kindOf(item).agents?.(item);
}

/** Where an item stands among those that began in the same millisecond. */
export function withinMs(item: ThreadItem): Within {
  return kindOf(item).within ?? "asItCame";
}

/** Whether nothing has come of an item that was to come in pieces. */
export function isEmpty({ item }: ItemState): boolean {
  if (item.type === "agentMessage" || item.type === "plan") return text(item.text) === "";
  return item.type === "reasoning" && [...list(item.summary), ...list(item.content)].every((part) => text(part) === "");
}

function grown(item: ThreadItem, other: ThreadItem): ThreadItem {
  return item.type === other.type ? kindOf(item).grown?.(item, other) ?? item : item;
}

/** Whether what is over tells of a later moment than another view of the item, which can be from the time it ran. */
function isLater(over: ThreadItem, { startedAtMs, completedAtMs }: ThreadItem): boolean {
  const at = time(over.completedAtMs) ?? 0;
  const completed = time(completedAtMs);
  return completed === undefined ? at >= (time(startedAtMs) ?? Infinity) : at > completed;
}

function beganAgain(over: ThreadItem, item: ThreadItem): boolean {
  return (time(item.startedAtMs) ?? 0) > (time(over.completedAtMs) ?? Infinity);
}
