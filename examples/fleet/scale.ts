// deno-lint-ignore-file no-console -- a program that people look at
/**
 * Measures the fleet: many workers, many turns, and workers that are killed all the time.
 *
 *     deno run -A ../../scripts/fleet.ts run -A --no-check scale.ts --workers 20 --turns 2000 --kill-every 5
 *
 * Prints throughput, how long turns waited and took by percentile, what one turn costs in Postgres, and how its tables
 * grow. The model is a script that answers at once, so this is the cost of all the rest.
 *
 * @module
 */
import { Codex } from "@codex-app-server/sdk";
import { durableThread } from "@codex-app-server/sdk/durable";
import { codexHome, command, message, type ModelRequest, ScriptedModel } from "@codex-app-server/sdk/testing";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { PgBoss } from "pg-boss";
import { startWorker, type WorkerProcess } from "./local_workers.ts";
import { openDatabase } from "./postgres.ts";
import { openQueue, submit, TURNS } from "./queue.ts";

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "20" },
    turns: { type: "string", default: "2000" },
    "kill-every": { type: "string", default: "5" },
  },
});
const workerCount = Number(values.workers);
const turnCount = Number(values.turns);
const killEveryMs = Number(values["kill-every"]) * 1000;
const conversations = Math.ceil(turnCount / 10);

/** Writes one line a turn, and looks first when it goes on. */
function agent(request: ModelRequest) {
  const said = request.userTexts.filter((text) => !text.startsWith("<"));
  const last = said.findLastIndex((text) => text.startsWith("write "));
  const [ledger, line] = said[last]!.slice("write ".length).split("/");
  const callId = `call-${ledger}-${line}-${said.length - last}`;
  return request.toolOutput(callId) === null
    ? [command(`grep -qsx ${line} ${ledger}.txt || echo ${line} >> ${ledger}.txt`, { callId })]
    : [message("written")];
}

/** One number of the database. */
async function ask(boss: PgBoss, sql: string): Promise<number> {
  const { rows } = await boss.getDb().executeSql(`SELECT (${sql})::bigint AS value`);
  return Number(rows[0].value);
}

const TRANSACTIONS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
const WAL = "SELECT wal_bytes FROM pg_stat_wal";
const EVENTS_SIZE = "SELECT pg_total_relation_size('turn_events')";
const JOBS_SIZE =
  "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace " +
  "WHERE n.nspname = 'pgboss' AND c.relkind = 'r'";

const folder = mkdtempSync(join(tmpdir(), "fleet-scale-"));
const ends = new AsyncDisposableStack();
try {
  const database = ends.use(await openDatabase());
  const model = ends.use(await new ScriptedModel().always(agent).listen());
  const home = ends.use(
    await codexHome({ modelUrl: model.url, sandboxMode: "danger-full-access", features: { shell_snapshot: false } }),
  );
  const boss = await openQueue(database.url, { retries: 20 });
  ends.defer(() => boss.stop({ graceful: false }));
  const threads: string[] = [];
  {
    await using codex = new Codex({ env: home.env });
    for (let n = 0; n < conversations; n++) threads.push(await durableThread(codex, { cwd: folder }));
  }
  const env = { ...process.env, ...home.env, DATABASE_URL: database.url, FLEET_CONCURRENCY: "2" };
  const runtimes = ["deno", "bun", "node"] as const;
  const start = (n: number) => startWorker(runtimes[n % 3]!, env, () => {});
  const workers: WorkerProcess[] = [];
  for (let n = 0; n < workerCount; n++) workers.push(await start(n));
  ends.defer(async () => void await Promise.all(workers.map((worker) => worker.stop())));

  const before = { transactions: await ask(boss, TRANSACTIONS), wal: await ask(boss, WAL) };
  const startedAt = performance.now();
  let kills = 0;
  const over = new AbortController();
  const killing = (async () => {
    for (;;) {
      await delay(killEveryMs, undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted) return;
      const victim = Math.floor(Math.random() * workers.length);
      workers[victim]!.kill();
      kills++;
      workers[victim] = await start(victim);
    }
  })();
  for (let line = 0; line < turnCount / conversations; line++) {
    for (const [n, threadId] of threads.entries()) await submit(boss, { threadId, input: `write ${n}/${line}` });
  }
  console.log(`submitted after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  for (;;) {
    const left = await ask(boss, `SELECT count(*) FROM pgboss.job WHERE name = '${TURNS}' AND state <> 'completed'`);
    console.log(`${Math.round((performance.now() - startedAt) / 1000)} s: ${left} left, ${kills} killed`);
    if (left === 0) break;
    await delay(10_000);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  over.abort();
  await killing;

  const percentiles = async (from: string, to: string) => {
    const sql = [0.5, 0.9, 0.99].map((p) =>
      `percentile_cont(${p}) WITHIN GROUP (ORDER BY extract(epoch FROM ${to} - ${from})) AS p${p * 100}`
    ).join(", ");
    const { rows } = await boss.getDb().executeSql(`SELECT ${sql} FROM pgboss.job WHERE name = '${TURNS}'`);
    return Object.values(rows[0] as Record<string, number>).map((value) => `${Number(value).toFixed(1)} s`).join(", ");
  };
  const ledgers = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  const wrong = ledgers.filter((name) => {
    const lines = readFileSync(join(folder, name), "utf8").trim().split("\n").map(Number);
    return lines.length !== turnCount / conversations || lines.some((line, n) => line !== n);
  });
  const { rows: hows } = await boss.getDb().executeSql(
    `SELECT output->>'how' AS how, count(*) AS count FROM pgboss.job WHERE name = '${TURNS}' GROUP BY 1 ORDER BY 1`,
  );
  const a = (sql: string, earlier = 0) => ask(boss, sql).then((value) => (value - earlier) / turnCount);
  console.log(
    `${turnCount} turns in ${conversations} conversations by ${workerCount} workers, ${kills} killed: ${
      seconds.toFixed(0)
    } s, ` +
      `${(turnCount / seconds).toFixed(1)} turns a second`,
  );
  console.log(`how: ${hows.map(({ how, count }) => `${how} ${count}`).join(", ")}`);
  console.log(`from submission to the end, median, 90 %, 99 %: ${await percentiles("created_on", "completed_on")}`);
  console.log(`of the last attempt: ${await percentiles("started_on", "completed_on")}`);
  console.log(
    `Postgres, for one turn: ${(await a(TRANSACTIONS, before.transactions)).toFixed(0)} transactions, ` +
      `${((await a(WAL, before.wal)) / 1000).toFixed(1)} KB of log, ${
        ((await a(EVENTS_SIZE)) / 1000).toFixed(1)
      } KB of events, ` +
      `${((await a(JOBS_SIZE)) / 1000).toFixed(1)} KB of jobs`,
  );
  console.log(
    wrong.length === 0 && ledgers.length === conversations
      ? "Every turn had its effect once, and in order."
      : `WRONG: ${wrong.join(", ")}; ${ledgers.length} of ${conversations} ledgers`,
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await ends.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
}
