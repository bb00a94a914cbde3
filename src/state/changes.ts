import type {
  NotificationMethod,
  NotificationOf,
  ServerRequestMethod,
  ThreadItem,
  Turn,
  UserMessageThreadItem,
} from "../../gen/mod.ts";
import type { ConnectionGap } from "../router/notification.ts";
import type { SentMessage, StateSnapshot, UnsentMessage } from "./event.ts";
import type { QuestionMethod } from "./question.ts";
import { begunItem, completedItem, type PiecewiseItems, startedItem } from "./items.ts";
import { withLeftBehind } from "./left_behind.ts";
import { isState } from "./is_state.ts";
import { list, text } from "./lenient.ts";
import { itemSlot } from "./order.ts";
import { questionsLost, questionsOver, resolved, withQuestion } from "./questions.ts";
import { withReviewsJoined } from "./review.ts";
import { keep, withEntry } from "./same.ts";
import type { ItemState, ThreadState, TurnState } from "./thread_state.ts";
import { changeTurn, isOver, mergeTurn, placeOf, placeOfItem } from "./turns.ts";

/** What an event changes in the state of its thread. */
export type Change<P> = (state: ThreadState, params: P) => ThreadState;

/** It says nothing about what a conversation looks like: whoever wants it reads the stream itself. */
export const PASSED_ON = null;

/** The request asks a person. */
export const ASKED = "asked";

type Notifications = { readonly [M in NotificationMethod]: Change<NotificationOf<M>["params"]> | typeof PASSED_ON };
type LocalEvent = ConnectionGap | SentMessage | UnsentMessage | StateSnapshot;
type Requests = {
  readonly [M in ServerRequestMethod]: M extends QuestionMethod ? typeof ASKED : typeof PASSED_ON;
};

/** Every request of the server: one that the protocol adds does not compile until somebody decides. */
export const REQUESTS: Requests = {
  applyPatchApproval: ASKED,
  execCommandApproval: ASKED,
  "item/commandExecution/requestApproval": ASKED,
  "item/fileChange/requestApproval": ASKED,
  "item/permissions/requestApproval": ASKED,
  "item/tool/requestUserInput": ASKED,
  "mcpServer/elicitation/request": ASKED,
  // A program answers these: the call of a tool shows as its item.
  "item/tool/call": PASSED_ON,
  "account/chatgptAuthTokens/refresh": PASSED_ON,
  "attestation/generate": PASSED_ON,
  "currentTime/read": PASSED_ON,
};

/** What this client alone tells. */
export const LOCAL: {
  readonly [M in LocalEvent["method"]]: Change<Extract<LocalEvent, { readonly method: M }>["params"]>;
} = {
  "connection/gap": (state) => broken(state),
  "message/sent": (state, { clientId, content }) => {
    if (typeof clientId !== "string" || hasMessage(state, clientId)) return state;
    const message: UserMessageThreadItem = { type: "userMessage", id: clientId, clientId, content: [...list(content)] };
    return { ...state, sent: [...state.sent, message] };
  },
  "state/snapshot": (before, { state }) => isState(state) && state.threadId === before.threadId ? state : before,
  "message/unsent": (state, { clientId }) => withoutSent(state, clientId),
};

/** Every notification: one that the protocol adds does not compile until somebody decides. */
export const NOTIFICATIONS: Notifications = {
  "turn/started": (state, { turn }) => withLeftBehind(takeTurn(state, turn, true)),
  "turn/completed": (state, { turn }) => {
    const next = takeTurn(state, turn, false);
    return turn.status === "inProgress" ? next : questionsOver(next, turn.id);
  },
  "turn/plan/updated": (state, { threadId: _, ...plan }) =>
    Array.isArray(plan.plan) ? changed(state, "plan", plan) : state,
  "turn/diff/updated": (state, { threadId: _, ...diff }) => changed(state, "diff", diff),
  "thread/tokenUsage/updated": (state, { tokenUsage }) => changed(state, "usage", tokenUsage ?? state.usage),
  error: (state, { turnId, error, willRetry }) =>
    changeTurn(state, turnId, (turn) => {
      if (isOver(turn.turn)) return turn;
      if (willRetry) return keep(turn, { ...turn, retrying: error });
      return keep(turn, { ...turn, retrying: null, turn: { ...turn.turn, error } });
    }),

  "item/started": (state, { turnId, item }) => takeItem(state, turnId, item, startedItem),
  "item/completed": (state, { turnId, item }) =>
    questionsOver(takeItem(state, turnId, item, completedItem), turnId, item.id),
  "item/agentMessage/delta": (state, { turnId, itemId, delta }) =>
    grow(state, turnId, itemId, "agentMessage", (item) => ({ ...item, text: text(item.text) + text(delta) })),
  "item/plan/delta": (state, { turnId, itemId, delta }) =>
    grow(state, turnId, itemId, "plan", (item) => ({ ...item, text: text(item.text) + text(delta) })),
  "item/reasoning/summaryPartAdded": (state, { turnId, itemId, summaryIndex }) =>
    grow(
      state,
      turnId,
      itemId,
      "reasoning",
      (item) => ({ ...item, summary: extended(item.summary, summaryIndex, "") }),
    ),
  "item/reasoning/summaryTextDelta": (state, { turnId, itemId, summaryIndex, delta }) =>
    grow(state, turnId, itemId, "reasoning", (item) => ({
      ...item,
      summary: extended(item.summary, summaryIndex, delta),
    })),
  "item/reasoning/textDelta": (state, { turnId, itemId, contentIndex, delta }) =>
    grow(state, turnId, itemId, "reasoning", (item) => ({
      ...item,
      content: extended(item.content, contentIndex, delta),
    })),
  "item/commandExecution/outputDelta": (state, { turnId, itemId, delta }) =>
    print(state, turnId, itemId, "commandExecution", delta),
  "item/fileChange/outputDelta": (state, { turnId, itemId, delta }) =>
    print(state, turnId, itemId, "fileChange", delta),
  "item/fileChange/patchUpdated": (state, { turnId, itemId, changes }) =>
    grow(state, turnId, itemId, "fileChange", (item) => ({ ...item, changes: [...list(changes)] })),
  "item/mcpToolCall/progress": (state, { turnId, itemId, message }) =>
    changeItem(state, turnId, itemId, "mcpToolCall", (item) => keep(item, { ...item, progress: message })),

  "thread/started": (state, { thread: { turns: _, ...thread } }) => changed(state, "thread", thread),
  "thread/status/changed": (state, { status }) => changedRecord(state, { status }),
  "thread/name/updated": (state, { threadName }) => changedRecord(state, { name: threadName ?? null }),
  "thread/project/updated": (state, { projectId }) => changedRecord(state, { projectId }),
  "thread/settings/updated": (state, { threadSettings }) => {
    if (threadSettings == null) return state;
    const { cwd, model, modelProvider, effort = null } = threadSettings;
    return changedRecord(state, { cwd, model, modelProvider, reasoningEffort: effort });
  },
  // It does not say what is left.
  "thread/reverted": (state) => ({ ...questionsLost(state), turns: [], plan: null, diff: null, gap: { turnId: null } }),
  "serverRequest/resolved": (state, { requestId }) => resolved(state, requestId),

  // What has no place in a conversation, or shows as one of its items.
  "account/gatewayOAuth/changed": PASSED_ON,
  "account/login/completed": PASSED_ON,
  "account/rateLimits/updated": PASSED_ON,
  "account/updated": PASSED_ON,
  "app/list/updated": PASSED_ON,
  "autoApprovalReview/strictReviewRequired": PASSED_ON,
  "command/exec/outputDelta": PASSED_ON,
  configWarning: PASSED_ON,
  deprecationNotice: PASSED_ON,
  "externalAgentConfig/import/completed": PASSED_ON,
  "externalAgentConfig/import/progress": PASSED_ON,
  "fs/changed": PASSED_ON,
  "fuzzyFileSearch/sessionCompleted": PASSED_ON,
  "fuzzyFileSearch/sessionUpdated": PASSED_ON,
  guardianWarning: PASSED_ON,
  "hook/completed": PASSED_ON,
  "hook/started": PASSED_ON,
  "item/autoApprovalReview/completed": PASSED_ON,
  "item/autoApprovalReview/started": PASSED_ON,
  "item/commandExecution/terminalInteraction": PASSED_ON,
  "mcpServer/event/stream/notification": PASSED_ON,
  "mcpServer/oauthLogin/completed": PASSED_ON,
  "mcpServer/startupStatus/updated": PASSED_ON,
  "model/rerouted": PASSED_ON,
  "model/safetyBuffering/updated": PASSED_ON,
  "model/verification": PASSED_ON,
  "modelProvider/authRecoveryCompleted": PASSED_ON,
  "modelProvider/authRecoveryStarted": PASSED_ON,
  "process/exited": PASSED_ON,
  "process/outputDelta": PASSED_ON,
  "project/changed": PASSED_ON,
  "remoteControl/status/changed": PASSED_ON,
  "skills/changed": PASSED_ON,
  "thread/archived": PASSED_ON,
  "thread/attachment/updated": PASSED_ON,
  "thread/closed": PASSED_ON,
  "thread/compacted": PASSED_ON,
  "thread/deleted": PASSED_ON,
  "thread/environment/connected": PASSED_ON,
  "thread/environment/disconnected": PASSED_ON,
  "thread/goal/cleared": PASSED_ON,
  "thread/goal/updated": PASSED_ON,
  "thread/prediction/updated": PASSED_ON,
  "thread/queue/changed": PASSED_ON,
  "thread/readState/changed": PASSED_ON,
  "thread/realtime/closed": PASSED_ON,
  "thread/realtime/error": PASSED_ON,
  "thread/realtime/item/completed": PASSED_ON,
  "thread/realtime/item/started": PASSED_ON,
  "thread/realtime/item/transcript/delta": PASSED_ON,
  "thread/realtime/itemAdded": PASSED_ON,
  "thread/realtime/outputAudio/delta": PASSED_ON,
  "thread/realtime/sdp": PASSED_ON,
  "thread/realtime/started": PASSED_ON,
  "thread/realtime/transcript/delta": PASSED_ON,
  "thread/realtime/transcript/done": PASSED_ON,
  "thread/section/changed": PASSED_ON,
  "thread/unarchived": PASSED_ON,
  "turn/moderationMetadata": PASSED_ON,
  warning: PASSED_ON,
  "windows/worldWritableWarning": PASSED_ON,
  "windowsSandbox/setupCompleted": PASSED_ON,
};

/** The state with one of its values, which is left alone if it says the same. */
function changed<K extends keyof ThreadState>(state: ThreadState, key: K, value: ThreadState[K]): ThreadState {
  const kept = keep(state[key], value);
  return kept === state[key] ? state : { ...state, [key]: kept };
}

function changedRecord(state: ThreadState, values: Partial<NonNullable<ThreadState["thread"]>>): ThreadState {
  return state.thread === null ? state : changed(state, "thread", { ...state.thread, ...values });
}

/** Takes in what a turn says of itself. From its start on, nothing of it is missing. */
function takeTurn(state: ThreadState, given: Turn, starts: boolean): ThreadState {
  const next = changeTurn(state, given.id, (before) => {
    const turn = mergeTurn(before, given);
    return starts && !isOver(turn.turn) ? keep(turn, { ...turn, turn: { ...turn.turn, itemsView: "full" } }) : turn;
  });
  const turns = next === state ? state.turns : withReviewsJoined(next.turns);
  return turns === next.turns ? next : { ...next, turns };
}

/** Takes in an item as it begins or as it stays. */
function takeItem(
  state: ThreadState,
  turnId: string,
  item: ThreadItem,
  take: (before: ItemState | undefined, item: ThreadItem) => ItemState,
): ThreadState {
  const next = changeTurn(state, turnId, (turn) => {
    const at = placeOfItem(turn, item);
    const before = at < 0 ? undefined : turn.items[at];
    const taken = take(before, item);
    const question = before?.question;
    const kept = question === undefined || taken.question === question ? taken : { ...taken, question };
    // What came in pieces, or begins again, has its place from the time that it tells now.
    if (at >= 0 && kept.item.startedAtMs === before!.item.startedAtMs) return withItem(turn, at, kept);
    const others = at < 0 ? turn.items : turn.items.toSpliced(at, 1);
    const items = others.toSpliced(itemSlot(others, kept.item), 0, kept);
    return withQuestion({ ...turn, items, retrying: null }, item.id, state.questions);
  });
  if (item.type === "userMessage" && item.clientId != null) return withoutSent(next, item.clientId);
  if (item.type !== "enteredReviewMode") return next;
  const turns = withReviewsJoined(next.turns);
  return turns === next.turns ? next : { ...next, turns };
}

/** Changes an item that more of has come; one that nobody has heard of begins, for its pieces can come before it. */
function changeItem<K extends keyof PiecewiseItems>(
  state: ThreadState,
  turnId: string,
  itemId: string,
  type: K,
  change: (item: ItemState) => ItemState,
): ThreadState {
  return changeTurn(state, turnId, (turn) => {
    const at = placeOf(turn, itemId);
    if (at < 0) {
      if (isOver(turn.turn)) return turn;
      const items = [...turn.items, change(begunItem(type, itemId))];
      return withQuestion({ ...turn, items, retrying: null }, itemId, state.questions);
    }
    const before = turn.items[at]!;
    // A command can outlive its turn; nothing else says more than it has said when it was over.
    const open = before.streaming || "status" in before.item && before.item.status === "inProgress";
    return open && before.item.type === type ? withItem(turn, at, change(before)) : turn;
  });
}

function grow<K extends keyof PiecewiseItems>(
  state: ThreadState,
  turnId: string,
  itemId: string,
  type: K,
  change: (item: PiecewiseItems[K]) => PiecewiseItems[K],
): ThreadState {
  return changeItem(
    state,
    turnId,
    itemId,
    type,
    (before) => ({ ...before, item: change(before.item as PiecewiseItems[K]) }),
  );
}

function print<K extends keyof PiecewiseItems>(
  state: ThreadState,
  turnId: string,
  itemId: string,
  type: K,
  delta: string,
): ThreadState {
  return changeItem(state, turnId, itemId, type, (item) => ({ ...item, output: text(item.output) + text(delta) }));
}

/** More parts than any text has: a wrong number must not take all memory. */
const MOST_PARTS = 10_000;

/** The list with a text added to one of its entries; those before it that have not come are empty. */
function extended(before: readonly string[] | undefined, at: number, piece: string): string[] {
  const parts = list(before);
  const length = at >= 0 && at < MOST_PARTS ? Math.max(parts.length, at + 1) : parts.length;
  return Array.from({ length }, (_, i) => i === at ? text(parts[i]) + text(piece) : text(parts[i]));
}

function withItem(turn: TurnState, at: number, item: ItemState): TurnState {
  const items = withEntry(turn.items, at, item);
  // Every delta comes by here, and on Node 20 the names take a quarter of the time of `...turn`.
  return items === turn.items ? turn : { turn: turn.turn, items, retrying: null };
}

/** What came meanwhile is missing: from this thread, and from those of its sub-agents. */
function broken(state: ThreadState): ThreadState {
  const { turns, agents } = questionsLost(state);
  return {
    ...state,
    questions: [],
    gap: state.gap ?? { turnId: turns.at(-1)?.turn.id ?? null },
    turns: turns.map((turn) =>
      isOver(turn.turn) ? turn : { ...turn, turn: { ...turn.turn, itemsView: "summary" as const } }
    ),
    agents: Object.fromEntries(Object.entries(agents).map(([id, agent]) => [id, broken(agent)])),
  };
}

function hasMessage({ sent, turns }: ThreadState, clientId: string): boolean {
  return sent.some((message) => message.clientId === clientId) ||
    turns.some(({ items }) => items.some(({ item }) => item.type === "userMessage" && item.clientId === clientId));
}

/** The state without a sent message: it has arrived, or it will not. */
function withoutSent(state: ThreadState, clientId: string): ThreadState {
  const sent = state.sent.filter((message) => message.clientId !== clientId);
  return sent.length === state.sent.length ? state : { ...state, sent };
}
