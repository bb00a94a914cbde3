import type { ServerRequestMethod, ServerRequestParamsOf, ServerRequestResultOf } from "../../gen/mod.ts";
import type { ServerRequestContext, ServerRequestHandler, ServerRequestHandlers } from "../router/server_request.ts";
import { callback, checkOptions, flag, oneOf, type OptionChecks } from "../util/options.ts";
import { signed } from "./combine.ts";
import { offered } from "./offers.ts";
import type { ApprovalDecision, ApprovalPolicy, ApprovalQuestion, Verdict } from "./question.ts";
import {
  commandQuestion,
  elicitationAnswer,
  elicitationQuestion,
  fileChangeQuestion,
  legacyAnswer,
  legacyCommandQuestion,
  legacyFileChangeQuestion,
  permissionsAnswer,
  permissionsQuestion,
} from "./questions.ts";

/** One decision, as the audit sees it. Holds plain data only: `JSON.stringify` makes a log line of it. */
export interface ApprovalRecord {
  /** When it was decided, in Unix milliseconds. */
  readonly at: number;
  /** The server's request. */
  readonly method: ServerRequestMethod;
  /** What was asked. */
  readonly question: ApprovalQuestion;
  /** What is answered. */
  readonly decision: ApprovalDecision;
  /** The name of the policy that decided; `none` if no policy could judge. */
  readonly policy: string;
  /** Why, as the policy said. */
  readonly reason: string;
}

/** Options of {@linkcode policyHandlers}. */
export interface PolicyHandlersOptions {
  /**
   * Told every decision before it is sent. If it throws or rejects, the request is refused: nothing is accepted that was
   * not recorded.
   */
  readonly audit?: ((record: ApprovalRecord) => void | Promise<void>) | undefined;
  /**
   * What happens to a request that the policy cannot judge. `refuse` (default). `pass`: it is left to the client's own
   * handlers if these are a thread's, and on a shared server to the other clients; if nobody answers, it is refused.
   */
  readonly unjudged?: "refuse" | "pass" | undefined;
  /** Whether the policy also answers for turns that other clients of a shared server started. Default `false`. */
  readonly others?: boolean | undefined;
}

const POLICY_OPTIONS: OptionChecks<PolicyHandlersOptions> = {
  audit: callback,
  unjudged: oneOf("refuse", "pass"),
  others: flag,
};

/** The requests that a policy answers. */
export type ApprovalMethod =
  | "item/commandExecution/requestApproval"
  | "item/fileChange/requestApproval"
  | "item/permissions/requestApproval"
  | "mcpServer/elicitation/request"
  | "execCommandApproval"
  | "applyPatchApproval";

/**
 * Lets a policy answer every approval request of the server. What it cannot judge is refused, and what it accepts but
 * cannot answer (an MCP server's form that wants to be filled in) too.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { allowPaths, askInTerminal, firstOf, policyHandlers, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = firstOf(readOnlyCommands(), allowPaths(["/srv/app/src"]), askInTerminal());
 * const handlers = policyHandlers(policy, {
 *   audit: ({ decision, policy, reason }) => console.error(decision, policy, reason),
 * });
 * await using codex = new Codex({ handlers });
 * ```
 */
export function policyHandlers(
  policy: ApprovalPolicy,
  options: PolicyHandlersOptions = {},
): Required<Pick<ServerRequestHandlers, ApprovalMethod>> {
  callback(policy, "policyHandlers: the policy");
  checkOptions("policyHandlers", options, POLICY_OPTIONS);
  const { audit, unjudged = "refuse", others = false } = options;

  function answers<M extends ApprovalMethod, Q extends ApprovalQuestion>(
    ask: (params: ServerRequestParamsOf<M>, ctx: ServerRequestContext) => Q,
    answer: (verdict: Verdict, question: Q) => ServerRequestResultOf<M>,
  ): ServerRequestHandler<M> {
    return async (params, ctx) => {
      if (!ctx.own && !others) return ctx.pass();
      const question = ask(params, ctx);
      const given = await policy(question, { signal: ctx.signal, local: ctx.local, threadPath: ctx.threadPath });
      if (given === undefined && unjudged === "pass") return ctx.pass();
      const verdict = given === undefined ? UNJUDGED : possible(question, signed(given, policy));
      await audit?.({ at: Date.now(), method: ctx.method, question, ...verdict });
      return answer(verdict, question);
    };
  }

  return {
    "item/commandExecution/requestApproval": answers(commandQuestion, ({ decision }) => ({ decision })),
    "item/fileChange/requestApproval": answers(
      (params, ctx) => fileChangeQuestion(params, ctx.item),
      ({ decision }) => ({ decision }),
    ),
    "item/permissions/requestApproval": answers(
      permissionsQuestion,
      ({ decision }, question) => permissionsAnswer(question, decision),
    ),
    "mcpServer/elicitation/request": answers(
      elicitationQuestion,
      ({ decision }, question) => elicitationAnswer(question, decision) ?? { action: "decline", content: null },
    ),
    execCommandApproval: answers(legacyCommandQuestion, legacyAnswer),
    applyPatchApproval: answers(legacyFileChangeQuestion, legacyAnswer),
  };
}

const UNJUDGED: Required<Verdict> = { decision: "decline", policy: "none", reason: "no policy could judge it" };

/** A decision that the question does not offer becomes the narrower one, or a refusal. */
function possible(question: ApprovalQuestion, verdict: Required<Verdict>): Required<Verdict> {
  const decision = offered(question, verdict.decision);
  if (question.kind === "elicitation" && elicitationAnswer(question, decision) === null) {
    return {
      ...verdict,
      decision: "decline",
      reason: `accepted, but it wants an answer of its own: ${verdict.reason}`,
    };
  }
  return { ...verdict, decision };
}
