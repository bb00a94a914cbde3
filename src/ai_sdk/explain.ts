import type { CodexErrorInfo, TurnError } from "../../gen/mod.ts";

/**
 * Why a turn failed, for a person at a browser: the words of the server may name paths, addresses and accounts, so they
 * stay on it.
 */
export function explainSafely(error: unknown): string {
  const info = (error as Partial<TurnError> | undefined)?.codexErrorInfo;
  return (typeof info === "string" ? TEXTS[info] : undefined) ??
    "The turn failed.";
}

const TEXTS: { readonly [K in Extract<CodexErrorInfo, string>]?: string } = {
  contextWindowExceeded: "The conversation has become too long for the model.",
  sessionBudgetExceeded: "The budget of this session is spent.",
  usageLimitExceeded: "The usage limit is reached. Try again later.",
  rateLimitExceeded: "There were too many requests to the model. Try again in a moment.",
  serverOverloaded: "The model is overloaded. Try again in a moment.",
  modelNotFound: "This model does not exist.",
  unauthorized: "The server is not logged in to the model.",
};
