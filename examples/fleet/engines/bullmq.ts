/**
 * A durable turn as a job of BullMQ: its id is the key. Order by conversation needs groups, which are not free there, or a
 * queue for each conversation.
 *
 * @module
 */
import type { Codex } from "@codex-app-server/sdk";
import { durableTurn } from "@codex-app-server/sdk/durable";
import { type ConnectionOptions, Worker } from "bullmq";

/** A worker of the queue `turns`. A lock that is not renewed for 30 s is another worker's. */
export function turnWorker(codex: Codex, connection: ConnectionOptions): Worker<{ threadId: string; input: string }> {
  return new Worker("turns", async (job) => {
    const { turn } = await durableTurn(codex, { ...job.data, key: job.id!, timeoutMs: 900_000 });
    return turn.status;
  }, { connection, lockDuration: 30_000, concurrency: 4 });
}
