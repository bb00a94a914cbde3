import type { ApprovalPolicy, Verdict } from "./question.ts";

/**
 * Asks one policy after the other; the first that can judge decides. If none can, neither can this.
 *
 * @example
 * ```ts
 * import { allowCommands, firstOf, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = firstOf(readOnlyCommands(), allowCommands([["df", "-h"]]));
 * ```
 */
export function firstOf(...policies: readonly ApprovalPolicy[]): ApprovalPolicy {
  return named("firstOf", async (question, ctx) => {
    for (const policy of policies) {
      const verdict = await policy(question, ctx);
      if (verdict !== undefined) return signed(verdict, policy);
    }
    return undefined;
  });
}

/**
 * Lets what `policy` accepts hold for the session, where the question offers that: the server does not ask again for what
 * it takes to be the same (the same files, the same MCP tool). It decides that by itself, so be as strict as for a
 * standing rule. Where it is not offered, as for most commands, it is accepted once.
 *
 * @example
 * ```ts
 * import { acceptForSession, allowPaths } from "@codex-app-server/sdk/policies";
 *
 * const policy = acceptForSession(allowPaths(["/srv/app/docs"]));
 * ```
 */
export function acceptForSession(policy: ApprovalPolicy): ApprovalPolicy {
  return named("acceptForSession", async (question, ctx) => {
    const verdict = await policy(question, ctx);
    if (verdict?.decision !== "accept") return verdict && signed(verdict, policy);
    return signed({ ...verdict, decision: "acceptForSession" }, policy);
  });
}

/**
 * Refuses everything. The turn goes on; the model is told.
 *
 * @example
 * ```ts
 * import { denyAll, firstOf, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = firstOf(readOnlyCommands(), denyAll("this agent only looks"));
 * ```
 */
export function denyAll(reason = "Everything is refused"): ApprovalPolicy {
  return named("denyAll", () => {
    return { decision: "decline", reason };
  });
}

/** Gives a policy its name. That of a function is no more than a hint: bundlers and minifiers change it. */
export function named(name: string, policy: ApprovalPolicy): ApprovalPolicy {
  return Object.defineProperty(policy, "name", { value: name });
}

/** Notes on a verdict whose it is. */
export function signed(verdict: Verdict, policy: ApprovalPolicy): Verdict & { readonly policy: string } {
  return { ...verdict, policy: verdict.policy ?? (policy.name || "policy") };
}
