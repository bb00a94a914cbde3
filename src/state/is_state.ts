import { has, isObject } from "./lenient.ts";
import type { ThreadState } from "./thread_state.ts";

/** Whether what comes from elsewhere has the shape of a state, as far as all that goes through one relies on. */
export function isState(value: unknown): value is ThreadState {
  if (!isObject(value) || typeof value["threadId"] !== "string" || !isObject(value["agents"])) return false;
  return isListOf(value["turns"], isTurnState) && isListOf(value["sent"], (each) => has(each, "id")) &&
    isListOf(value["questions"], (each) => has(each, "method") && isObject(each["params"])) &&
    Object.values(value["agents"]).every(isState);
}

function isTurnState(turn: Fields): boolean {
  return has(turn["turn"], "id", "status") && isListOf(turn["items"], ({ item }) => has(item, "id", "type"));
}

type Fields = Readonly<Record<string, unknown>>;

function isListOf(value: unknown, check: (entry: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every((entry) => isObject(entry) && check(entry));
}
