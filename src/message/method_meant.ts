import type { RequestMethod } from "../../gen/mod.ts";
import { nearest } from "../util/nearest.ts";

/** What became of requests that earlier servers had, and that people and their examples still name. */
const SUCCESSORS: Readonly<Record<string, RequestMethod>> = {
  "thread/rollback": "thread/revert",
  newConversation: "thread/start",
  resumeConversation: "thread/resume",
  forkConversation: "thread/fork",
  archiveConversation: "thread/archive",
  listConversations: "thread/list",
  sendUserMessage: "turn/start",
  sendUserTurn: "turn/start",
  interruptConversation: "turn/interrupt",
  loginApiKey: "account/login/start",
  loginChatGpt: "account/login/start",
  logoutChatGpt: "account/logout",
  getAuthStatus: "account/read",
  getUserSavedConfig: "config/read",
};

/** A hint for who asks for a request that there is not; empty if nothing is near. */
export function methodMeant(method: string, methods: readonly string[]): string {
  const successor = Object.hasOwn(SUCCESSORS, method) ? SUCCESSORS[method] : undefined;
  if (successor !== undefined && methods.includes(successor)) return ` Its successor is ${successor}.`;
  const near = nearest(method, methods);
  return near === undefined ? "" : ` Did you mean ${near}?`;
}
