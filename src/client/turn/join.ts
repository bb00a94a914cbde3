import type { TurnStartParams } from "../../../gen/mod.ts";
import type { Router } from "../../router/router.ts";
import { ThreadSettingsError } from "../thread/settings_error.ts";

/** What decides what the agent may do. */
const OF_SAFETY = ["sandboxPolicy", "permissions", "approvalPolicy", "approvalsReviewer"] as const;

/**
 * A turn that runs goes on as it began, and the server says nothing of the settings that are given with what joins it.
 *
 * @throws {ThreadSettingsError} If a turn runs in the thread and the params would have it be another; nothing was sent.
 */
export function refuseJoin({ work }: Router, params: TurnStartParams): void {
  const asked = OF_SAFETY.filter((name) => params[name] != null);
  const { threadId } = params;
  const running = work.running(threadId);
  if (asked.length === 0 || running === undefined) return;
  throw new ThreadSettingsError(
    threadId,
    Object.fromEntries(asked.map((name) => [name, params[name]])),
    Object.fromEntries(asked.map((name) => [name, null])),
    `its turn ${
      running.turnId ?? "(of another client)"
    } runs, and goes on as it began. Wait for its end, or interrupt it, first; or leave them out to join it`,
  );
}
