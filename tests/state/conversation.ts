import { emptyThread, reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { item, type ItemType, notification } from "@codex-app-server/sdk/testing";

/** Freezes a value and all that it holds, so that whoever changes it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) frozen(each);
  }
  return value;
}

/** Reduces frozen events into frozen states. */
export function play(events: Iterable<ThreadEvent>, from: ThreadState = emptyThread("thread-1")): ThreadState {
  let state = frozen(from);
  for (const event of events) state = frozen(reduce(state, frozen(event)));
  return state;
}

/** An item as it begins, its pieces, and as it stays. */
export interface ItemLife {
  readonly started: ThreadEvent;
  readonly pieces: readonly ThreadEvent[];
  readonly completed: ThreadEvent;
}

/** The life of an item of a kind, in a turn, with pieces if the kind has some. */
export function lifeOf(type: ItemType, id: string, turnId: string, at: number, threadId = "thread-1"): ItemLife {
  const where = { threadId, turnId };
  const piece = { ...where, itemId: id };
  const [first, last] = ENDS[type] ?? [{}, {}];
  const begun = item(type, { id, startedAtMs: at, completedAtMs: null, ...first } as object) as ThreadItem;
  const whole = item(type, { id, startedAtMs: at, completedAtMs: at + 5, ...last } as object) as ThreadItem;
  return {
    started: notification("item/started", { ...where, startedAtMs: at, item: begun as never }),
    pieces: piecesOf(type, piece),
    completed: notification("item/completed", { ...where, completedAtMs: at + 5, item: whole as never }),
  };
}

type Place = { readonly threadId: string; readonly turnId: string; readonly itemId: string };

function piecesOf(type: ItemType, at: Place): ThreadEvent[] {
  switch (type) {
    case "agentMessage":
      return ["Hel", "lo ", "you"].map((delta) => notification("item/agentMessage/delta", { ...at, delta }));
    case "plan":
      return ["- a\n", "- b\n"].map((delta) => notification("item/plan/delta", { ...at, delta }));
    case "reasoning":
      return [
        notification("item/reasoning/summaryPartAdded", { ...at, summaryIndex: 0 }),
        notification("item/reasoning/summaryTextDelta", { ...at, summaryIndex: 0, delta: "**Look" }),
        notification("item/reasoning/summaryTextDelta", { ...at, summaryIndex: 0, delta: "ing**" }),
        notification("item/reasoning/summaryPartAdded", { ...at, summaryIndex: 1 }),
        notification("item/reasoning/summaryTextDelta", { ...at, summaryIndex: 1, delta: "more" }),
        notification("item/reasoning/textDelta", { ...at, contentIndex: 0, delta: "raw" }),
      ];
    case "commandExecution":
      return ["one\n", "two\n"].map((delta) => notification("item/commandExecution/outputDelta", { ...at, delta }));
    case "fileChange":
      return [notification("item/fileChange/patchUpdated", { ...at, changes: [CHANGE] })];
    case "mcpToolCall":
      return [notification("item/mcpToolCall/progress", { ...at, message: "half" })];
    default:
      return [];
  }
}

const CHANGE = { path: "/a.txt", kind: { type: "add" }, diff: "+a\n" } as const;

/** What an item says of itself at its start and at its end, where that differs. */
const ENDS: { readonly [K in ItemType]?: readonly [object, object] } = {
  agentMessage: [{ text: "" }, { text: "Hello you" }],
  plan: [{ text: "" }, { text: "- a\n- b\n" }],
  reasoning: [{ summary: [], content: [] }, { summary: ["**Looking**", "more"], content: ["raw"] }],
  commandExecution: [
    { command: "ls", status: "inProgress", aggregatedOutput: null, exitCode: null },
    { command: "ls", status: "completed", aggregatedOutput: "one\ntwo\n", exitCode: 0 },
  ],
  fileChange: [{ changes: [], status: "inProgress" }, { changes: [CHANGE], status: "completed" }],
  mcpToolCall: [{ status: "inProgress", server: "s", tool: "t" }, { status: "completed", server: "s", tool: "t" }],
  dynamicToolCall: [{ status: "inProgress" }, { status: "completed", success: true }],
  collabAgentToolCall: [
    { tool: "wait", status: "inProgress", receiverThreadIds: [] },
    { tool: "wait", status: "completed", receiverThreadIds: [] },
  ],
};

/** Every kind of items; the record makes it complain when the protocol has another. */
export const ITEM_TYPES: readonly ItemType[] = Object.keys(
  {
    userMessage: 0,
    hookPrompt: 0,
    agentMessage: 0,
    functionCallOutput: 0,
    plan: 0,
    reasoning: 0,
    commandExecution: 0,
    fileChange: 0,
    mcpToolCall: 0,
    dynamicToolCall: 0,
    collabAgentToolCall: 0,
    subAgentActivity: 0,
    webSearch: 0,
    imageView: 0,
    sleep: 0,
    imageGeneration: 0,
    enteredReviewMode: 0,
    exitedReviewMode: 0,
    contextCompaction: 0,
  } satisfies Record<ItemType, 0>,
) as ItemType[];
