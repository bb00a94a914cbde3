import type { RequestId } from "../../gen/mod.ts";
import type { Question, QuestionMethod } from "./question.ts";
import { isSame } from "../util/same_json.ts";
import { withEntry } from "./same.ts";
import type { ThreadState, TurnState } from "./thread_state.ts";
import { placeOf } from "./turns.ts";

type Target = { readonly turnId?: string | null; readonly itemId?: string | null };

/** Where each kind of question says what it is about. */
const TARGETS: { readonly [M in QuestionMethod]: (params: Extract<Question, { method: M }>["params"]) => Target } = {
  applyPatchApproval: ({ callId }) => ({ itemId: callId }),
  execCommandApproval: ({ callId }) => ({ itemId: callId }),
  "item/commandExecution/requestApproval": (params) => params,
  "item/fileChange/requestApproval": (params) => params,
  "item/permissions/requestApproval": (params) => params,
  "item/tool/requestUserInput": (params) => params,
  "mcpServer/elicitation/request": ({ turnId }) => ({ turnId: turnId ?? null }),
};

function targetOf(question: Question): Target {
  const target = TARGETS[question.method] as ((params: unknown) => Target) | undefined;
  return target?.(question.params) ?? {};
}

/** The server asks. */
export function asked(state: ThreadState, question: Question): ThreadState {
  const at = state.questions.findIndex(({ id }) => id === question.id);
  if (at < 0) return withQuestions(state, [...state.questions, question]);
  const { method, params } = state.questions[at]!;
  if (method === question.method && isSame(params, question.params)) return state;
  return withQuestions(state, withEntry(state.questions, at, question));
}

/** A question was answered, by whomever, or the server took it back. */
export function resolved(state: ThreadState, requestId: RequestId): ThreadState {
  return without(state, (question) => (question.requestId ?? question.id) === requestId);
}

/** A turn, or one item of it, is over: nobody wants the answers to its questions any more. */
export function questionsOver(state: ThreadState, turnId: string, itemId?: string): ThreadState {
  return without(state, (question) => {
    const target = targetOf(question);
    return target.turnId === turnId && (itemId === undefined || target.itemId === itemId);
  });
}

/** Nobody waits for answers over a connection that is gone; who still does will ask again. */
export function questionsLost(state: ThreadState): ThreadState {
  return without(state, () => true);
}

function without(state: ThreadState, gone: (question: Question) => boolean): ThreadState {
  if (!state.questions.some(gone)) return state;
  return withQuestions(state, state.questions.filter((question) => !gone(question)));
}

/** Puts the questions to the items that they are about. */
function withQuestions(state: ThreadState, questions: readonly Question[]): ThreadState {
  const changed = [...state.questions, ...questions].map(targetOf);
  const last = state.turns.at(-1)?.turn.id;
  let { turns } = state;
  turns.forEach((turn, at) => {
    for (const { turnId = last, itemId } of changed) {
      if (turnId !== turn.turn.id || typeof itemId !== "string") continue;
      turns = withEntry(turns, at, withQuestion(turns[at]!, itemId, questions));
    }
  });
  return { ...state, turns, questions };
}

/** The item with the oldest question about it. */
export function withQuestion(turn: TurnState, itemId: string, questions: readonly Question[]): TurnState {
  const at = placeOf(turn, itemId);
  if (at < 0) return turn;
  const { question: before, ...item } = turn.items[at]!;
  const question = questions.find((each) => {
    const target = targetOf(each);
    return target.itemId === itemId && (target.turnId ?? turn.turn.id) === turn.turn.id;
  });
  if (question === before) return turn;
  return { ...turn, items: withEntry(turn.items, at, question === undefined ? item : { ...item, question }) };
}
