import type { PgBoss } from "pg-boss";
import process from "node:process";
import { EVENT_TABLE } from "./events.ts";

/** One turn to be done. Its key is the job's own id, which stays the same however often the job is tried. */
export interface TurnJob {
  /** The conversation. Turns of one are done in the order of their submission, one at a time. */
  readonly threadId: string;
  /** What the agent is told. */
  readonly input: string;
}

/** What a worker leaves at a job that is done. */
export interface TurnResult {
  readonly status: string;
  readonly how: string;
  readonly worker: string;
}

/** The queue, and where jobs go that were tried too often. */
export const TURNS = "turns";
export const DEAD_TURNS = "dead_turns";

/** How long one turn may take. */
export const DEADLINE_SECONDS = Number(process.env["FLEET_DEADLINE_SECONDS"] ?? 900);

/** How long a turn that is over can still be looked at. */
export const KEEP_SECONDS = 7 * 24 * 3600;

/** How often a worker says that it lives. One that has said nothing for {@linkcode SILENCE_SECONDS} is dead. */
export const HEARTBEAT_SECONDS = 3;
const SILENCE_SECONDS = 10;

/**
 * Connects to the queue, and makes it if it is not there; whoever makes it says how often a turn is tried again.
 *
 * @throws {Error} If Node is too old for pg-boss.
 */
export async function openQueue(url: string, { retries = 5 }: { readonly retries?: number } = {}): Promise<PgBoss> {
  refuseOldNode();
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({ connectionString: url, superviseIntervalSeconds: 2, monitorIntervalSeconds: 2, max: 2 });
  boss.on("error", (error) => console.error(`queue: ${error.message}`));
  await boss.start();
  await boss.getDb().executeSql(EVENT_TABLE);
  await boss.createQueue(DEAD_TURNS);
  await boss.createQueue(TURNS, {
    policy: "key_strict_fifo",
    deadLetter: DEAD_TURNS,
    retryLimit: retries,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    heartbeatSeconds: SILENCE_SECONDS,
    // The turn's own deadline comes first, and interrupts it.
    expireInSeconds: DEADLINE_SECONDS + 30,
    deleteAfterSeconds: KEEP_SECONDS,
  });
  return boss;
}

/** Submits a turn; returns the job's id. Submitting the same `id` twice makes one job. */
export async function submit(boss: PgBoss, job: TurnJob, id?: string): Promise<string> {
  const made = await boss.send(TURNS, job, { singletonKey: job.threadId, ...(id !== undefined && { id }) });
  return made ?? id ?? Promise.reject(new Error(`The queue did not take a job for thread ${job.threadId}`));
}

/** Cancels a turn, from anywhere: one that waits is never begun, one that runs is interrupted within a heartbeat. */
export async function cancel(boss: PgBoss, id: string): Promise<void> {
  await boss.cancel(TURNS, id);
}

function refuseOldNode(): void {
  const { node = "", bun, deno } = process.versions;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (bun !== undefined || deno !== undefined || major > 22 || (major === 22 && minor >= 12)) return;
  throw new Error(
    `pg-boss 12 needs Node 22.12 or newer, and this is Node ${node}. Run the worker with a newer one ` +
      "(npx -y -p node@22 node worker.ts), or with Deno or Bun",
  );
}
