/**
 * A turn that survives its worker, and threads that move between machines.
 *
 * {@linkcode durableTurn} is what every queue needs and none brings: it runs a turn once, whoever died before.
 * {@linkcode withThread} carries a thread to a home and back, for workers that share no disk.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { durableThread, durableTurn } from "@codex-app-server/sdk/durable";
 *
 * async function submitAndWork(codex: Codex) {
 *   const threadId = await durableThread(codex, { cwd: "/srv/project", approvalPolicy: "never" });
 *   // ... in any worker on the same home, as often as the queue delivers the job:
 *   const { turn, how } = await durableTurn(codex, { threadId, key: "job-1", input: "Mend the tests." });
 *   return `${turn.status}, ${how}`;
 * }
 * ```
 *
 * @module
 */
export { RolloutConflictError } from "../errors.ts";
export { describeInterruption } from "./continuation.ts";
export { durableThread } from "./durable_thread.ts";
export { type DurableTurn, durableTurn, type DurableTurnOptions } from "./durable_turn.ts";
export { folderStore } from "./folder_store.ts";
export { type Rollout, type RolloutStore } from "./rollout_store.ts";
export { withThread } from "./with_thread.ts";
