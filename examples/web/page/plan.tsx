import type { TurnPlan } from "@codex-app-server/sdk/state";
import type { ReactNode } from "react";

const WORDS: Readonly<Record<string, string>> = { completed: "done", inProgress: "being done", pending: "to do" };

/** What the agent means to do, in one line; all of it on demand. */
export function Plan({ plan: { plan } }: { readonly plan: TurnPlan }): ReactNode {
  const done = plan.filter(({ status }) => status === "completed").length;
  const now = plan.find(({ status }) => status === "inProgress")?.step ?? (done === plan.length ? "All done" : "Plan");
  return (
    <details className="strip plan">
      <summary aria-label={`Plan, ${done} of ${plan.length} done: ${now}`}>
        <span className="marks" aria-hidden="true">
          {plan.map(({ status }, index) => <span key={index} className="mark" data-status={status} />)}
        </span>
        <span className="now">{now}</span>
        <span className="state">{done} of {plan.length}</span>
      </summary>
      <ol>
        {plan.map(({ step, status }, index) => (
          <li key={index} data-status={status}>
            <span className="mark" data-status={status} aria-hidden="true" />
            {step}
            <span className="hidden">({WORDS[status] ?? status})</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
