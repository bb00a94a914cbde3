/**
 * The fleet under attack: whoever dies, nothing is lost, nothing is done twice, and the order of a conversation holds.
 *
 * @module
 */
import { Codex, type Notification } from "@codex-app-server/sdk";
import { durableThread, RolloutConflictError, withThread } from "@codex-app-server/sdk/durable";
import {
  codexHome,
  command,
  httpError,
  message,
  type ModelRequest,
  ScriptedModel,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import type { JobWithMetadata, PgBoss } from "pg-boss";
import { EventWriter, watch } from "./events.ts";
import type { Said } from "./live_table.ts";
import { startWorker, type WorkerProcess, type WorkerRuntime } from "./local_workers.ts";
import { type Database, openDatabase } from "./postgres.ts";
import { cancel, DEAD_TURNS, openQueue, submit, type TurnResult, TURNS } from "./queue.ts";
import { postgresStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "fleet-test-"));
const ends = new AsyncDisposableStack();
let database: Database;
let boss: PgBoss;
let homeEnv: Readonly<Record<string, string>>;
const model = new ScriptedModel();

before(async () => {
  database = ends.use(await openDatabase());
  const listener = ends.use(await model.listen());
  homeEnv = ends.use(
    await codexHome({
      modelUrl: listener.url,
      sandboxMode: "danger-full-access",
      features: { shell_snapshot: false },
    }),
  ).env;
  boss = await openQueue(database.url, { retries: 2 });
  ends.defer(() => boss.stop({ graceful: false }));
});

after(async () => {
  await ends.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

/** A conversation, and the turns that are submitted to it. */
async function conversation(
  name: string,
): Promise<{ threadId: string; say(input: string, id?: string): Promise<string> }> {
  await using codex = new Codex({ env: homeEnv });
  const threadId = await durableThread(codex, { cwd: folder });
  return { threadId, say: (input, id) => submit(boss, { threadId, input: `${name} ${input}` }, id) };
}

/** An agent that writes each input's last word into a ledger, once, however often it is interrupted. */
function ledgerAgent(name: string) {
  return (request: ModelRequest) => {
    const said = request.userTexts.filter((text) => !text.startsWith("<"));
    const last = said.findLastIndex((text) => text.startsWith(`${name} `));
    const word = said[last]!.split(" ").at(-1)!;
    const callId = `call-${name}-${word}-${said.length - last}`;
    const write = `grep -qsx ${word} ${name}.txt || { sleep 0.4; echo ${word} >> ${name}.txt; sleep 0.4; }`;
    return request.toolOutput(callId) === null ? [command(write, { callId })] : [message("written")];
  };
}

/** Requests of one conversation, whatever was said last in it. */
function inConversation(name: string): (request: ModelRequest) => boolean {
  return ({ userTexts }) => userTexts.some((text) => text.startsWith(`${name} `));
}

const ledger = (name: string) => readFileSync(join(folder, `${name}.txt`), "utf8").trim().split("\n");

/** A worker, and what it said. */
async function worker(
  runtime: WorkerRuntime,
  env: Record<string, string> = {},
): Promise<WorkerProcess & { said: Said[] }> {
  const said: Said[] = [];
  const all = { ...process.env, ...homeEnv, HOME: folder, DENO_DIR: denoDir(), DATABASE_URL: database.url, ...env };
  const made = await startWorker(runtime, all, (line) => said.push(line));
  ends.defer(() => made.stop());
  return { ...made, said };
}

/** A worker has a home without scripts of the user's, and Deno's cache is to be found all the same. */
function denoDir(): string {
  return process.env["DENO_DIR"] ??
    JSON.parse(execFileSync(process.execPath, ["info", "--json"], { encoding: "utf8" })).denoDir;
}

/** The job as soon as it is in one of these states. */
async function settled(id: string, ...states: string[]): Promise<JobWithMetadata<object>> {
  for (;;) {
    const [job] = await boss.findJobs<object>(TURNS, { id });
    if (job !== undefined && states.includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const how = (job: JobWithMetadata<object>) => (job.output as unknown as TurnResult).how;

describe("the fleet (real)", () => {
  test("[D4] turns of one conversation are done one at a time and in order, events are seen, also late", async () => {
    model.when(inConversation("order")).always(ledgerAgent("order"));
    const { say } = await conversation("order");
    const id = crypto.randomUUID();
    const ids = [await say("turn 1", id), await say("turn 2"), await say("turn 3")];
    assertEquals(await say("turn 1", id), id);
    const live = read(watch(database.url, ids[0]!, isDone(ids[0]!)));
    const two = [await worker("deno"), await worker("bun")];
    for (const id of ids) assertEquals(how(await settled(id, "completed", "failed")), "ran");
    assertEquals(ledger("order"), ["1", "2", "3"]);
    const late = await read(watch(database.url, ids[0]!, isDone(ids[0]!)));
    assertEquals(await live, late);
    assertEquals([late[0], late.at(-1)], ["turn/started", "turn/completed"]);
    assertEquals(late.filter((method) => method === "turn/completed").length, 1);
    for (const each of two) await each.stop();
  });

  test("[D4] events are seen while the turn runs", async () => {
    const gate = model.gate();
    model.when(/^live /).reply(message(["One, ", gate, "two."]));
    const id = await (await conversation("live")).say("turn");
    const one = await worker("deno");
    const seen: string[] = [];
    for await (const { method, params } of watch(database.url, id, isDone(id))) {
      seen.push(method);
      // The model says no more, and the turn does not end, before somebody has seen this.
      if (method === "item/agentMessage/delta" && params.delta === "One, ") gate.release();
    }
    assertEquals(seen.at(-1), "turn/completed");
    await one.stop();
  });

  test("[D4] workers without a common disk: a conversation goes from one's home to another's, by Postgres", async () => {
    await using homes = new AsyncDisposableStack();
    const modelUrl = /base_url = "([^"]+)/.exec(readFileSync(join(homeEnv["CODEX_HOME"]!, "config.toml"), "utf8"))![1]!;
    const open = async () => homes.use(await codexHome({ modelUrl, sandboxMode: "danger-full-access" })).env;
    const [submitter, ...others] = [await open(), await open(), await open()] as const;
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    homes.defer(() => pool.end());
    const store = await postgresStore(pool);
    let threadId = "";
    {
      await using codex = new Codex({ env: submitter });
      threadId = await durableThread(codex, { cwd: folder });
    }
    await withThread(submitter["CODEX_HOME"]!, store, threadId, () => Promise.resolve(), { env: submitter });
    assertEquals((await store.load(threadId))?.version, 1);
    for (const [index, env] of [...others, others[0]!].entries()) {
      model.when(`disk ${index}`).reply(`answer ${index}`);
      const one = await worker(index === 1 ? "bun" : "deno", { ...env, FLEET_STORE: "postgres" });
      const id = await submit(boss, { threadId, input: `disk ${index}` });
      assertEquals(how(await settled(id, "completed", "failed")), "ran");
      await one.stop();
    }
    const said = model.requests.at(-1)!.userTexts.filter((text) => text.startsWith("disk "));
    assertEquals(said, ["disk 0", "disk 1", "disk 2"]);
    const { version, path, data } = (await store.load(threadId))!;
    assertEquals(version, 4);
    for (const wrong of [1, version, version + 2]) {
      await assertRejects(() => store.save(threadId, { version: wrong, path, data }), RolloutConflictError);
    }
    assertEquals((await store.load(threadId))?.data, data);
    assertEquals(await store.load(crypto.randomUUID()), null);
  });

  test("[D4] a turn can be cancelled from anywhere: one that waits, and one that runs; the next one goes on", async () => {
    const gate = model.gate();
    model.when(/^cancel long/).reply(message([gate, "never"]));
    model.when(/^cancel next/).reply("next");
    const { say } = await conversation("cancel");
    const [long, waiting, next] = [await say("long"), await say("waiting"), await say("next")];
    const one = await worker("deno");
    await gate.reached;
    await cancel(boss, waiting);
    await cancel(boss, long);
    assertEquals(how(await settled(next, "completed", "failed")), "ran");
    gate.release();
    assertEquals((await settled(long, "cancelled")).state, "cancelled");
    assert(one.said.every(({ takes }) => takes !== waiting));
    await one.stop();
  });

  test("[D4] a deadline interrupts, a turn that fails every time ends among the dead letters, and holds its thread", async () => {
    model.when(inConversation("dead")).always(() => [httpError(400, "no")]);
    const { say } = await conversation("dead");
    const one = await worker("deno");
    const [failing, behind] = [await say("turn"), await say("behind")];
    await settled(failing, "failed");
    const dead = await boss.findJobs<{ input: string }>(DEAD_TURNS);
    assert(dead.some(({ data }) => data.input === "dead turn"), JSON.stringify(dead));
    // In strict order nothing goes past it, until somebody decides.
    assertEquals((await boss.findJobs(TURNS, { id: behind }))[0]!.state, "created");
    await boss.deleteJob(TURNS, failing);
    await settled(behind, "failed");
    await boss.deleteJob(TURNS, behind);
    await one.stop();

    const slow = await worker("deno", { FLEET_DEADLINE_SECONDS: "3" });
    const gate = model.gate();
    model.when(/^late /).reply(message([gate, "too late"]));
    model.when(/interrupted before it was finished/).reply("in time");
    const late = await (await conversation("late")).say("turn");
    assertEquals(how(await settled(late, "completed", "failed")), "continued");
    gate.release();
    await slow.stop();
  });

  test("[D4] a worker takes no more than it was told to, whatever waits", async () => {
    model.when(inConversation("many")).always(ledgerAgent("many"));
    const say = async (n: number) => await (await conversation("many")).say(`turn ${n}`);
    const ids = await Promise.all(Array.from({ length: 7 }, (_, n) => say(n)));
    const one = await worker("deno", { FLEET_CONCURRENCY: "2" });
    for (const id of ids) await settled(id, "completed");
    let [running, most] = [0, 0];
    for (const { takes, done } of one.said) {
      running += takes !== undefined ? 1 : done !== undefined ? -1 : 0;
      most = Math.max(most, running);
    }
    assertEquals(most, 2);
    await one.stop();
  });

  test("[D5] workers, Postgres and the submitter are killed: nothing is lost, order is kept, the effect is had once", async () => {
    model.when(inConversation("kill")).always(ledgerAgent("kill"));
    const { threadId } = await conversation("kill");
    // The submitter dies right behind its last word to the database.
    const script = join(folder, "submit.ts");
    const here = new URL(".", import.meta.url).href;
    writeFileSync(
      script,
      `import { openQueue, submit } from "${here}queue.ts";
       const boss = await openQueue(${JSON.stringify(database.url)});
       const ids = [];
       for (let n = 1; n <= 6; n++) ids.push(await submit(boss, { threadId: "${threadId}", input: "kill turn " + n }));
       console.log(JSON.stringify(ids));
       process.kill(process.pid, "SIGKILL");`,
    );
    const ids = await new Promise<string[]>((resolve, reject) => {
      const config = new URL("deno.json", import.meta.url).pathname;
      const child = spawn(process.execPath, [
        "run",
        "-A",
        "--no-check",
        "--config",
        decodeURIComponent(config),
        script,
      ]);
      let out = "";
      child.stdout.on("data", (data) => out += data);
      child.on("exit", () => out.startsWith("[") ? resolve(JSON.parse(out)) : reject(new Error("no ids")));
    });
    const first = await worker("deno");
    await taken(first, ids[1]!);
    first.kill();
    const second = await worker("bun");
    await taken(second, ids[2]!);
    await database.crash!();
    await settled(ids[2]!, "completed");
    const third = await worker("node");
    for (const id of ids) assertEquals((await settled(id, "completed", "failed")).state, "completed");
    assertEquals(ledger("kill"), ["1", "2", "3", "4", "5", "6"]);
    for (const each of [second, third]) await each.stop();
  });

  test("[D5] the server of a worker is killed: the turn is gone on with, and the next ones run, in the same worker", async () => {
    model.when(inConversation("server")).reply(command("kill -9 $PPID")).always(() => [message("mended")]);
    const { say } = await conversation("server");
    const ids = [await say("turn 1"), await say("turn 2")];
    const one = await worker("deno");
    const hows = [];
    for (const id of ids) hows.push(how(await settled(id, "completed", "failed")));
    assertEquals(hows, ["continued", "ran"]);
    await one.stop();
  });

  test("[D5] events that could not be written are kept, and written in their order", async () => {
    const written: string[] = [];
    let failures = 2;
    const query = (_sql: string, [, texts]: [string, string[]]) =>
      --failures < 0 ? void written.push(...texts) : Promise.reject(new Error("Postgres is away"));
    const writer = new EventWriter({ query } as unknown as pg.Pool, crypto.randomUUID());
    const event = (n: number) => ({ method: "warning", params: { message: `${n}` } }) as Notification;
    writer.add(event(1));
    while (failures > 1) await new Promise((resolve) => setTimeout(resolve, 10));
    writer.add(event(2));
    await writer.end();
    assertEquals(written, [event(1), event(2)].map((each) => JSON.stringify(each)));
  });

  test("a Node that is too old for pg-boss says so", async () => {
    const { versions } = process;
    Object.defineProperty(process, "versions", { value: { node: "20.20.2" }, configurable: true });
    try {
      await assertRejects(() => openQueue("postgres://nowhere"), Error, "needs Node 22.12");
    } finally {
      Object.defineProperty(process, "versions", { value: versions, configurable: true });
    }
  });
});

async function read(events: AsyncIterable<Notification>): Promise<string[]> {
  const methods: string[] = [];
  for await (const { method } of events) methods.push(method);
  return methods;
}

function isDone(id: string): () => Promise<boolean> {
  return async () => ["completed", "failed", "cancelled"].includes((await boss.findJobs(TURNS, { id }))[0]!.state);
}

async function taken(worker: { said: Said[] }, id: string): Promise<void> {
  while (!worker.said.some(({ takes }) => takes === id)) await new Promise((resolve) => setTimeout(resolve, 50));
}
