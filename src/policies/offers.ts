import type { ApprovalDecision, ApprovalQuestion } from "./question.ts";

/**
 * Whether a question offers a decision. To decline is always possible, whether a question says so or not: that no policy
 * accepts it must not end a turn.
 */
export function offers(question: ApprovalQuestion, decision: ApprovalDecision): boolean {
  if (decision === "decline") return true;
  switch (question.kind) {
    case "command": {
      // A human checkpoint wants a fresh decision each time: the protocol knows no session for it.
      if (question.asks === "human" && decision === "acceptForSession") return false;
      const { availableDecisions = null } = question.params as { availableDecisions?: readonly unknown[] | null };
      return availableDecisions === null || availableDecisions.includes(decision);
    }
    case "fileChange":
      return true;
    case "permissions":
      return decision !== "cancel";
    case "elicitation": {
      if (decision !== "acceptForSession") return true;
      const { persist } = Object(question.params._meta) as { persist?: unknown };
      return Array.isArray(persist) && persist.includes("session");
    }
  }
}

/** The decision, if the question offers it; else the narrower one, else a refusal. */
export function offered(question: ApprovalQuestion, decision: ApprovalDecision): ApprovalDecision {
  if (offers(question, decision)) return decision;
  return decision === "acceptForSession" && offers(question, "accept") ? "accept" : "decline";
}
