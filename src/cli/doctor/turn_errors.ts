import type { CodexErrorInfo } from "../../../gen/mod.ts";

/** Every kind of failure by its name: of those with details, the name of the member. */
type Kind = CodexErrorInfo extends infer Info ? Info extends string ? Info : keyof Info : never;

const NETWORK = "The connection to the model failed: check proxy, firewall and DNS, and try again.";

/** What to do about each kind of failure of a turn. A new kind does not compile until somebody has thought about it. */
export const TURN_ERRORS: Readonly<Record<Kind, string>> = {
  contextWindowExceeded: "The thread is full: thread.compact(), or a new thread.",
  sessionBudgetExceeded: "The budget of the session is spent: begin a new one.",
  usageLimitExceeded: "The usage limit is reached: wait until it resets (UsageLimitError says when), or buy more.",
  rateLimitExceeded: "Too many requests: wait a moment, and run fewer turns at once (maxConcurrentTurns).",
  flexUnavailable: "Flex processing is not to be had now: try again later, or leave serviceTier out.",
  serverOverloaded: "The model is overloaded: try again later.",
  modelNotFound: "There is no such model for this account: codex.models() lists those that there are.",
  policyCapacityUnavailable: "No capacity for this policy now: try again later.",
  cyberPolicy: "The request was refused by policy: another wording, or another task.",
  misalignmentPolicyViolation: "The request was refused by policy: another wording, or another task.",
  tooManyDenials: "The agent was refused too often and gave up: answer its questions, or allow what it needs.",
  internalServerError: "The model's own server failed: try again.",
  unauthorized: "Log in: codex login, codex.loginApiKey(key), or the option apiKey.",
  badRequest:
    "The model refused the request: the message says why; often an input, such as an image, that it cannot read.",
  threadRollbackFailed: "The thread could not be rolled back: go on with a fork of it.",
  sandboxError: "The sandbox does not work: allow user namespaces, or choose another sandbox mode.",
  other: "The message says what happened.",
  inferenceHookDenied: "A hook of the workspace refused the request: ask its administrator.",
  httpConnectionFailed: NETWORK,
  responseStreamConnectionFailed: NETWORK,
  responseStreamDisconnected: NETWORK,
  responseTooManyFailedAttempts: NETWORK,
  activeTurnNotSteerable: "A review or a compaction runs on the thread: wait for its end.",
};

/** What to do about a failure; of a kind that is not known yet, to read its message. */
export function adviceFor(info: CodexErrorInfo | null): string {
  const kind = info === null ? "other" : typeof info === "string" ? info : Object.keys(info)[0] ?? "other";
  return Object.hasOwn(TURN_ERRORS, kind) ? TURN_ERRORS[kind as Kind] : TURN_ERRORS.other;
}
