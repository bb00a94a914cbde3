/**
 * Lives of real servers, one after the other, for as many minutes as are asked for: threads, turns, steers, interrupts,
 * aborts, deadlines, floods of requests, crashes and orderly ends. Afterwards nothing may have grown.
 *
 * `deno task soak [MINUTES]`; the figures of a run stand in `docs/reliability.md`.
 *
 * @module
 */
import { type Codex, finalResponse, type Thread, TimeoutError, TransportClosedError } from "@codex-app-server/sdk";
import { command, Gate, message, ScriptedModel, startAppServer } from "@codex-app-server/sdk/testing";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { collectGarbage } from "../bench/programs/measure.ts";
import { processesLeft, seesProcesses } from "../real/processes.ts";

/** How much the heap may have grown from the first quarter of the run to the last. */
const HEAP_GROWTH_MAX = 8 * 1024 * 1024;

interface Sample {
  readonly heap: number;
  readonly files: number;
  readonly resources: number;
}

const counts = { servers: 0, turns: 0, interrupted: 0, aborted: 0, timedOut: 0, requests: 0, crashes: 0 };

/** What the model does follows from what it is told, so that turns which run at once do not take each other's replies. */
function scriptModel(model: ScriptedModel): void {
  const told = (word: string) => model.when((request) => request.lastUserText?.startsWith(word) === true);
  told("say").always((request) => [message(["You ", "said ", request.lastUserText ?? ""])]);
  told("hang").always(() => [message(["waiting", new Gate()])]);
  told("crash").always(() => [command("kill -9 $PPID")]);
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

async function use(codex: Codex): Promise<void> {
  const thread = await codex.threadStart();
  const events = thread.events();
  for (let n = 0; n < 4; n++) await say(thread, n);
  await interrupt(thread);
  await abort(thread);
  await say(thread, 5);
  await timeOut(thread);
  await say(thread, 6);
  await events.return?.();
}

/** One life of a server, from its start to its end. Returns the processes that it leaves behind. */
async function life(): Promise<number[]> {
  const model = new ScriptedModel();
  scriptModel(model);
  const server = await startAppServer({ model, sandboxMode: "danger-full-access" });
  counts.servers++;
  try {
    const { codex } = server;
    await Promise.all([use(codex), use(codex), use(codex)]);
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
  return seesProcesses ? await processesLeft(server.home) : [];
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
while (Date.now() < until || samples.length < 8) {
  const left = await life();
  if (left.length > 0) problems.push(`life ${counts.servers} left these processes behind: ${left}`);
  samples.push(await sample());
}

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
