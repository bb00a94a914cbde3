/**
 * Lives of real servers, one after the other, for as many minutes as are asked for: threads, turns, interrupts, aborts,
 * deadlines, sub-agents, floods of requests, crashes and orderly ends, with a store of every thread and with telemetry;
 * beside them a pool, whose tenants take each other's places. Afterwards nothing may have grown.
 *
 * `deno task soak [MINUTES] [RUNTIME]`; the figures of a run stand in `docs/reliability.md`.
 *
 * @module
 */
import {
  type Codex,
  CodexPool,
  finalResponse,
  type Thread,
  TimeoutError,
  TransportClosedError,
} from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import { type ThreadStore, threadStore } from "@codex-app-server/sdk/state";
import { codexHome, command, Gate, message, ScriptedModel, startAppServer } from "@codex-app-server/sdk/testing";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { collectGarbage } from "../bench/programs/measure.ts";
import { Recorder } from "../otel/recorder.ts";
import { agentOf, spawn, waitFor } from "../real/agents.ts";
import { processesLeft, seesProcesses } from "../real/processes.ts";

/** How much the heap may have grown from the first quarter of the run to the last. */
const HEAP_GROWTH_MAX = 8 * 1024 * 1024;

/** So many servers live and end beside one pool. */
const LIVES = 25;

interface Sample {
  readonly heap: number;
  readonly files: number;
  readonly resources: number;
}

const counts = {
  servers: 0,
  turns: 0,
  interrupted: 0,
  aborted: 0,
  timedOut: 0,
  agents: 0,
  spans: 0,
  tenants: 0,
  requests: 0,
  crashes: 0,
};

/** What the model does follows from what it is told, so that turns which run at once do not take each other's replies. */
function scriptModel(model: ScriptedModel): void {
  const told = (word: string) => model.when((request) => request.lastUserText?.startsWith(word) === true);
  told("say").always((request) => [message(["You ", "said ", request.lastUserText ?? ""])]);
  told("hang").always(() => [message(["waiting", new Gate()])]);
  told("crash").always(() => [command("kill -9 $PPID")]);
  agentOf(model, "the part").always(() => [message("part done")]);
  // What an agent has to say comes as a text of the user's.
  model.when(({ userTexts }) => userTexts.includes("delegate")).always((request) => {
    const [spawned, waited] = [request.toolOutput("call-spawn"), request.toolOutput("call-wait")];
    if (spawned === null) return [spawn("the part", { callId: "call-spawn" })];
    if (waited === null) return [waitFor(JSON.parse(spawned).agent_id, 20_000, { callId: "call-wait" })];
    return [message(waited.includes("part done") ? "all done" : waited)];
  });
  model.always(() => ["after the interrupt"]);
}

async function say(thread: Thread, n: number): Promise<void> {
  const handle = await thread.turn(`say ${n}`);
  let text = "";
  for await (const delta of handle.text()) text += delta;
  const turn = await handle.run();
  if (text !== `You said say ${n}` || finalResponse(turn) !== text) throw new Error(`turn ${n} said ${text}`);
  counts.turns++;
}

async function interrupt(thread: Thread): Promise<void> {
  const handle = await thread.turn("hang");
  for await (const _delta of handle.text()) break;
  await handle.interrupt();
  const { status } = await handle.run();
  if (status !== "interrupted") throw new Error(`an interrupted turn ended as ${status}`);
  counts.interrupted++;
}

async function abort(thread: Thread): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("aborted");
  const running = thread.run("hang", { signal: controller.signal });
  setTimeout(() => controller.abort(reason), Math.random() * 60);
  const error = await running.then(() => undefined, (thrown) => thrown);
  if (error !== reason) throw new Error("an aborted turn did not reject with its reason", { cause: error });
  counts.aborted++;
}

async function timeOut(thread: Thread): Promise<void> {
  const error = await thread.run("hang", { timeoutMs: 60 }).then(() => undefined, (thrown) => thrown);
  if (!(error instanceof TimeoutError)) throw new Error("a deadline did not hold", { cause: error });
  counts.timedOut++;
}

/** Has a part of the work done by an agent. */
async function delegate(codex: Codex): Promise<void> {
  const thread = await codex.threadStart();
  using store = threadStore(codex, thread.id, { history: 0 });
  const answer = finalResponse(await thread.run("delegate"));
  if (answer !== "all done") throw new Error(`who delegated said ${answer}`);
  await shown(store, 1);
  const [agent] = Object.values(store.getSnapshot().agents);
  if (agent?.turns.at(-1)?.turn.status !== "completed") throw new Error("the store does not have the agent's turn");
  counts.agents++;
}

/** Waits until a store shows this many turns, all of them over. */
async function shown(store: ThreadStore, count: number): Promise<void> {
  let stop = () => {};
  await new Promise<void>((resolve) => {
    stop = store.subscribe(({ turns }) => {
      if (turns.length === count && turns.every(({ turn }) => turn.status !== "inProgress")) resolve();
    });
  });
  stop();
}

async function use(codex: Codex): Promise<void> {
  const thread = await codex.threadStart();
  const events = thread.events();
  using store = threadStore(codex, thread.id, { history: 0 });
  for (let n = 0; n < 4; n++) await say(thread, n);
  await interrupt(thread);
  await abort(thread);
  await say(thread, 5);
  await timeOut(thread);
  await say(thread, 6);
  await events.return?.();
  await shown(store, 9);
}

/** Three of five tenants at once, for whom there are two servers. */
async function tenants(pool: CodexPool): Promise<void> {
  await Promise.all([0, 1, 2].map((n) =>
    pool.use(`tenant ${(counts.servers + n) % 5}`, async (codex) => {
      await say(await codex.threadStart(), counts.servers);
      counts.tenants++;
    })
  ));
}

/** Every turn and every command has a span, which has been ended once. */
function checkSpans({ spans }: Recorder): void {
  const open = spans.filter(({ ended }) => ended !== 1);
  if (open.length > 0) throw new Error(`${open.length} of ${spans.length} spans were not ended once: ${open[0]!.name}`);
  counts.spans += spans.length;
}

/** One life of a server, from its start to its end. Returns the processes that it leaves behind. */
async function life(pool: CodexPool): Promise<number[]> {
  const model = new ScriptedModel();
  scriptModel(model);
  const server = await startAppServer({ model, sandboxMode: "danger-full-access" });
  const recorder = new Recorder();
  counts.servers++;
  try {
    const { codex } = server;
    instrument(codex, { tracer: recorder.tracer, meter: recorder.meter });
    await Promise.all([use(codex), use(codex), use(codex), delegate(codex), tenants(pool)]);
    await Promise.all(Array.from({ length: 100 }, () => codex.threadList({ limit: 1 })));
    counts.requests += 100;
    if (counts.servers % 3 === 0) {
      const thread = await codex.threadStart();
      const error = await thread.run("crash").then(() => undefined, (thrown) => thrown);
      if (!(error instanceof TransportClosedError)) throw new Error("a crash was not noticed", { cause: error });
      counts.crashes++;
    }
  } finally {
    await server.close();
  }
  checkSpans(recorder);
  return seesProcesses ? await processesLeft(server.home) : [];
}

/** Some lives beside one pool. Its model remembers what it was asked, which is the test's own memory and not looked at. */
async function era(): Promise<void> {
  const model = new ScriptedModel();
  scriptModel(model);
  await using listener = await model.listen();
  await using shared = await codexHome({ modelUrl: listener.url });
  const homes = await mkdtemp(join(tmpdir(), "codex-soak-"));
  const provider = { name: "mock", base_url: listener.url, wire_api: "responses" };
  const config = { model: "mock-model", model_provider: "mock", model_providers: { mock: provider } };
  const pool = new CodexPool({ homes, maxServers: 2, codex: { env: shared.env, config } });
  try {
    for (let lives = 0; lives < LIVES && (Date.now() < until || samples.length < 8); lives++) {
      const left = await life(pool);
      if (left.length > 0) problems.push(`life ${counts.servers} left these processes behind: ${left}`);
      samples.push(await sample());
    }
  } finally {
    await pool.close();
  }
  const left = seesProcesses ? await processesLeft(homes) : [];
  if (left.length > 0) problems.push(`the pool left these processes behind: ${left}`);
  await rm(homes, { recursive: true, force: true });
}

async function sample(): Promise<Sample> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const files = process.platform === "linux" ? (await readdir("/proc/self/fd")).length : 0;
  const resources = process.getActiveResourcesInfo?.().length ?? 0;
  return { heap: process.memoryUsage().heapUsed, files, resources };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const mb = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const minutes = Number(process.argv[2] ?? 1);
const until = Date.now() + minutes * 60_000;
const samples: Sample[] = [];
const problems: string[] = [];
while (Date.now() < until || samples.length < 8) await era();

const quarter = Math.max(2, Math.floor(samples.length / 4));
// The first lives warm the caches up.
const early = samples.slice(1, 1 + quarter);
const late = samples.slice(-quarter);
const growth = (of: keyof Sample) => median(late.map((each) => each[of])) - median(early.map((each) => each[of]));
if (growth("heap") > HEAP_GROWTH_MAX) problems.push(`the heap grew by ${mb(growth("heap"))}`);
if (growth("files") > 0) problems.push(`${growth("files")} more open files`);
if (growth("resources") > 0) problems.push(`${growth("resources")} more active resources`);
const report = {
  runtime: "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node",
  minutes,
  ...counts,
  heap: `${mb(median(early.map(({ heap }) => heap)))} -> ${mb(median(late.map(({ heap }) => heap)))}`,
  files: `${median(early.map(({ files }) => files))} -> ${median(late.map(({ files }) => files))}`,
  problems,
};
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
