import type { Attributes, Span } from "@opentelemetry/api";
import type { PendingServerRequest, ServerRequest, ServerRequestOutcome } from "../../mod.ts";
import {
  APPROVAL_BY,
  APPROVAL_DECIDED,
  APPROVAL_DECISION,
  APPROVAL_METHOD,
  APPROVAL_REASON,
  APPROVAL_REQUESTED,
} from "./conventions.ts";

/** The requests of the server that somebody has to decide. */
const DECIDED: ReadonlySet<string> = new Set([
  "item/commandExecution/requestApproval",
  "item/fileChange/requestApproval",
  "item/permissions/requestApproval",
  "item/tool/requestUserInput",
  "mcpServer/elicitation/request",
  "execCommandApproval",
  "applyPatchApproval",
]);

/** Notes that something waits for a decision, if it does. */
export function approvalRequested(span: Span, { method }: ServerRequest): void {
  if (DECIDED.has(method)) span.addEvent(APPROVAL_REQUESTED, { [APPROVAL_METHOD]: method });
}

/** Notes what was decided, and by whom. */
export function approvalDecided(span: Span, { method }: PendingServerRequest, outcome: ServerRequestOutcome): void {
  if (!DECIDED.has(method)) return;
  span.addEvent(APPROVAL_DECIDED, { [APPROVAL_METHOD]: method, ...decided(outcome) });
}

function decided(outcome: ServerRequestOutcome): Attributes {
  switch (outcome.type) {
    case "answered":
      return { [APPROVAL_DECISION]: decisionIn(outcome.result), [APPROVAL_BY]: "client" };
    case "refused":
      return { [APPROVAL_DECISION]: "refused", [APPROVAL_BY]: "default", [APPROVAL_REASON]: outcome.reason };
    case "gone":
      return { [APPROVAL_DECISION]: "unknown", [APPROVAL_BY]: "elsewhere", [APPROVAL_REASON]: outcome.reason };
  }
}

/** The word of a decision: never what is in it, which may be a command or an answer of the user's. */
function decisionIn(result: unknown): string {
  if (typeof result !== "object" || result === null) return "answered";
  const { decision, action, permissions } = result as Readonly<Record<string, unknown>>;
  if (typeof decision === "object" && decision !== null) return Object.keys(decision)[0] ?? "answered";
  if (typeof permissions === "object" && permissions !== null) {
    return Object.keys(permissions).length === 0 ? "decline" : "accept";
  }
  return typeof decision === "string" ? decision : typeof action === "string" ? action : "answered";
}
