// deno-lint-ignore-file no-console -- a program that people look at
/**
 * A fleet, to be looked at: a Postgres, three workers on three runtimes, twenty turns in five conversations, a table of
 * who does what. One worker is killed in the middle of a turn; at the end everything was done once and in order. The
 * model is a script, the server and the commands are real.
 *
 *     deno task fleet
 *
 * @module
 */
import { Codex } from "@codex-app-server/sdk";
import { durableThread } from "@codex-app-server/sdk/durable";
import { codexHome, command, delay, message, type ModelRequest, ScriptedModel } from "@codex-app-server/sdk/testing";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startWorker, type WorkerProcess } from "./local_workers.ts";
import { openDatabase } from "./postgres.ts";
import { openQueue, submit, type TurnResult, TURNS } from "./queue.ts";
import { LiveTable } from "./live_table.ts";
import { watch } from "./events.ts";

const CONVERSATIONS = 5;
const TURNS_EACH = 4;

/**
 * The agent: writes a line into its conversation's ledger. When it goes on with interrupted work, it looks first whether
 * the line is there: the command may have run, or not.
 */
function agent(request: ModelRequest) {
  const said = request.userTexts.filter((text) => !text.startsWith("<"));
  const last = said.findLastIndex((text) => text.startsWith("write "));
  const task = said[last]!.slice("write ".length);
  const [conversation, line] = task.split("/");
  const ledger = `ledger-${conversation}.txt`;
  const timesGoneOn = said.length - 1 - last;
  const callId = `call-${task}-${timesGoneOn}`;
  const write = `sleep 0.3; echo ${line} >> ${ledger}`;
  return request.toolOutput(callId) === null
    ? [command(timesGoneOn === 0 ? write : `grep -qx ${line} ${ledger} || { ${write}; }`, { callId })]
    : [message(["Done", delay(200), ", it is", delay(200), " written."])];
}

const folder = mkdtempSync(join(tmpdir(), "fleet-"));
const workers: WorkerProcess[] = [];
const ends = new AsyncDisposableStack();
try {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const database = ends.use(await openDatabase());
  const model = await new ScriptedModel().always(agent).listen();
  ends.use(model);
  const home = ends.use(await codexHome({ modelUrl: model.url, sandboxMode: "danger-full-access" }));
  console.log(
    `${seconds()}: ${database.notice}. A script stands in for the model; the server and its commands are real.`,
  );

  const boss = await openQueue(database.url);
  ends.defer(() => boss.stop({ graceful: false }));
  const threads: string[] = [];
  {
    await using codex = new Codex({ env: home.env });
    for (let n = 0; n < CONVERSATIONS; n++) threads.push(await durableThread(codex, { cwd: folder }));
  }
  const jobs: { id: string; conversation: number; line: number }[] = [];
  for (let line = 0; line < TURNS_EACH; line++) {
    for (const [conversation, threadId] of threads.entries()) {
      const id = await submit(boss, { threadId, input: `write ${conversation}/${line}` });
      jobs.push({ id, conversation, line });
    }
  }
  console.log(`${seconds()}: ${jobs.length} turns in ${CONVERSATIONS} conversations are submitted`);

  const table = new LiveTable(jobs, process.stdout);
  const env = { ...process.env, ...home.env, DATABASE_URL: database.url, FLEET_CONCURRENCY: "2" };
  for (const runtime of ["deno", "bun", "node"] as const) {
    const worker = await startWorker(runtime, env, (said) => table.hear(said));
    workers.push(worker);
    ends.defer(() => worker.stop());
  }
  // Somebody who watches one turn from afar.
  const watched = watchText(database.url, jobs[0]!.id);

  const [victim] = workers;
  await table.until(({ running, done }) => done >= 4 && running(victim!.name) > 0);
  victim!.kill();
  table.note(`${victim!.name} was killed in the middle of its turns (SIGKILL)`);
  await table.until(({ done }) => done === jobs.length);
  table.end();

  const wrong = threads.flatMap((_, conversation) => {
    const path = join(folder, `ledger-${conversation}.txt`);
    const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    const expected = Array.from({ length: TURNS_EACH }, (_, line) => `${line}`);
    return lines.join() === expected.join() ? [] : [`conversation ${conversation}: ${lines.join(", ")}`];
  });
  const results = (await Promise.all(jobs.map(({ id }) => boss.findJobs(TURNS, { id })))).flat()
    .map(({ output }) => output as unknown as TurnResult);
  const count = (how: string) => results.filter((result) => result.how === how).length;
  console.log(`${seconds()}: who watched the first turn saw: ${await watched}`);
  console.log(
    `${seconds()}: ${results.length} turns done: ${count("ran")} ran, ${count("found")} were found done by the ` +
      `dead worker, ${count("continued")} were gone on with`,
  );
  console.log(wrong.length === 0 ? "Every turn had its effect once, and in order." : `WRONG: ${wrong.join("; ")}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
} finally {
  await ends.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
}

async function watchText(url: string, jobId: string): Promise<string> {
  let text = "";
  let over = false;
  for await (const event of watch(url, jobId, () => Promise.resolve(over))) {
    if (event.method === "item/agentMessage/delta") text += event.params.delta;
    if (event.method === "turn/completed") over = event.params.turn.status === "completed";
  }
  return JSON.stringify(text);
}
