/**
 * A worker: takes turns from the queue until it is told to stop. Start as many as you like, on any machine that reaches
 * the database, on Deno, Bun or Node 22.
 *
 *     DATABASE_URL=postgres://... CODEX_HOME=/shared/codex deno run -A worker.ts
 *
 * `FLEET_STORE=postgres` keeps the threads in the database, for workers without a common disk; `FLEET_CONCURRENCY` says
 * how many turns this worker runs at once.
 *
 * @module
 */
import { Codex } from "@codex-app-server/sdk";
import { durableTurn, withThread } from "@codex-app-server/sdk/durable";
import type { Job } from "pg-boss";
import pg from "pg";
import process from "node:process";
import { EventWriter, forgetOldEvents } from "./events.ts";
import {
  DEADLINE_SECONDS,
  HEARTBEAT_SECONDS,
  KEEP_SECONDS,
  openQueue,
  type TurnJob,
  type TurnResult,
  TURNS,
} from "./queue.ts";
import { postgresStore } from "./store.ts";

const url = process.env["DATABASE_URL"] ?? "";
const home = process.env["CODEX_HOME"] ?? "";
if (url === "" || home === "") throw new Error("A worker needs DATABASE_URL and CODEX_HOME");
const name = process.env["FLEET_WORKER"] ?? `${process.pid}`;
const concurrency = Number(process.env["FLEET_CONCURRENCY"] ?? 4);

const boss = await openQueue(url);
const pool = new pg.Pool({ connectionString: url, max: 2 });
pool.on("error", (error) => console.error(`${name}: ${error.message}`));
let stopping: Promise<void> | undefined;
const store = process.env["FLEET_STORE"] === "postgres" ? await postgresStore(pool) : null;
let shared = client();

/** A client stays closed when its server has died: whoever went on with it would take every job, and fail at each. */
function client(): Codex {
  const codex = new Codex();
  void codex.closed.then(() => shared = stopping === undefined ? client() : codex);
  return codex;
}

/** Does one turn. Whatever it throws is tried again, here or elsewhere; `durableTurn` sees to it that nothing is done twice. */
async function work(codex: Codex, { id, data, signal }: Job<TurnJob>): Promise<TurnResult> {
  const events = new EventWriter(pool, id);
  try {
    const { turn, how } = await durableTurn(codex, {
      ...data,
      key: id,
      signal,
      timeoutMs: DEADLINE_SECONDS * 1000,
      continueFailed: true,
      onEvent: (event) => events.add(event),
    });
    if (turn.status !== "completed") {
      throw new Error(`The turn ${turn.status}: ${turn.error?.message ?? "no reason given"}`);
    }
    return { status: turn.status, how, worker: name };
  } finally {
    await events.end();
  }
}

await boss.work<TurnJob, TurnResult>(
  TURNS,
  { localConcurrency: concurrency, pollingIntervalSeconds: 0.5, heartbeatRefreshSeconds: HEARTBEAT_SECONDS },
  async ([job]) => {
    if (job === undefined) throw new Error("The queue gave no job");
    console.log(JSON.stringify({ worker: name, takes: job.id, threadId: job.data.threadId }));
    const result = store === null
      ? await work(shared, job)
      : await withThread(home, store, job.data.threadId, (codex) => work(codex, job));
    console.log(JSON.stringify({ worker: name, done: job.id, threadId: job.data.threadId, how: result.how }));
    return result;
  },
);
const forget = () => forgetOldEvents(pool, KEEP_SECONDS).catch((error) => console.error(`${name}: ${error.message}`));
setInterval(forget, 3600_000);
await forget();
console.log(JSON.stringify({ worker: name, ready: true }));

/** Finishes what it has begun, takes nothing new, and ends. */
async function stop(): Promise<void> {
  await boss.stop({ graceful: true, timeout: 60_000 });
  await shared.close();
  await pool.end();
  process.exit(0);
}
// A signal may come twice, from the terminal and from the task that runs this: so the listener stays.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void (stopping ??= stop()));
