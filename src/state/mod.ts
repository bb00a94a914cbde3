/**
 * A conversation as plain data: the events of a thread go in, what a screen shows comes out. Pure functions and types,
 * for servers and browsers, with any way of drawing; and a store for those that want one.
 *
 * @module
 */
export type { Question, QuestionMethod } from "./question.ts";
export type { SentMessage, StateSnapshot, ThreadEvent, UnsentMessage } from "./event.ts";
export { hydrate } from "./hydrate.ts";
export { reduce } from "./reduce.ts";
export {
  emptyThread,
  type Gap,
  type ItemState,
  type ThreadRecord,
  type ThreadState,
  type TurnDiff,
  type TurnPlan,
  type TurnRecord,
  type TurnState,
} from "./thread_state.ts";
export { type ThreadSource, type ThreadStore, threadStore, type ThreadStoreOptions } from "./thread_store.ts";
