/**
 * Turns of a client with telemetry and of one without, one after the other in one program that has OpenTelemetry's SDK.
 * Arguments: the package.json of the folder in which the SDK is installed, how many rounds, and then
 *
 * - `fed DELTAS COMMANDS`: turns of so many deltas and commands, from memory and without a pause;
 * - `real URL BINARY`: turns of real servers, with the model that is there.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { Codex } from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import { codexHome } from "@codex-app-server/sdk/testing";
import { type Context, context, type ContextManager, ROOT_CONTEXT, type Tracer } from "@opentelemetry/api";
import { median } from "../lib/stats.ts";
import { completedLine, deltaLine, FedServer, THREAD_ID, turnId } from "./fed_server.ts";
import { expectCount, finish, mainThreadMs } from "./measure.ts";

const [sdk = "", rounds = "", what = "", first = "", second = ""] = process.argv.slice(2);
const CHUNK = 65_536;

// deno-lint-ignore no-explicit-any -- a package without types here
const { BasicTracerProvider, BatchSpanProcessor }: any = createRequire(sdk)("@opentelemetry/sdk-trace-base");
// deno-lint-ignore no-explicit-any -- a package without types here
const { MeterProvider }: any = createRequire(sdk)("@opentelemetry/sdk-metrics");

/** An exporter that is done at once: what it takes to send is the collector's matter, and done in the background. */
const exporter = {
  export: (_spans: unknown, done: (result: object) => void) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};
const tracer: Tracer = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).getTracer(
  "bench",
);
const meter = new MeterProvider({}).getMeter("bench");

const storage = new AsyncLocalStorage<Context>();
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
  bind: (_context, target) => target,
  enable: () => manager,
  disable: () => manager,
};
context.setGlobalContextManager(manager);

const encoder = new TextEncoder();

/** What a turn took, in milliseconds: by the clock on the wall, and of the main thread. */
interface Taken {
  readonly wallMs: number;
  readonly mainMs: number;
}

/** Runs a turn. */
type Run = () => Promise<Taken>;

/** The kernel counts the time of a thread whenever it waits, and otherwise every few milliseconds. */
async function waited<T>(read: () => T): Promise<T> {
  await setTimeout(1);
  return read();
}

async function taken(work: () => Promise<void>): Promise<Taken> {
  const main = await waited(mainThreadMs);
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  return { wallMs, mainMs: await waited(mainThreadMs) - main };
}

/** A turn's events, in chunks as a pipe would bring them. */
function chunksOf(turn: number, deltas: number, commands: number): Uint8Array[] {
  const ids = { threadId: THREAD_ID, turnId: turnId(turn) };
  const line = (method: string, params: object) => `${JSON.stringify({ method, params, emittedAtMs: 1 })}\n`;
  const running = { id: turnId(turn), items: [], itemsView: "notLoaded", status: "inProgress" };
  const lines = [line("turn/started", { threadId: THREAD_ID, turn: running })];
  // Deltas, a command, deltas ...
  const each = Math.ceil(deltas / (commands + 1));
  for (let delta = 0; delta < deltas; delta++) {
    if (delta > 0 && delta % each === 0) lines.push(...commandLines(line, ids, `call_${delta}`));
    lines.push(deltaLine(turn, `word ${delta} `));
  }
  if (deltas === 0) {
    for (let at = 0; at < commands; at++) lines.push(...commandLines(line, ids, `c${at}`));
  }
  const tokens = { totalTokens: 30, inputTokens: 20, cachedInputTokens: 0, outputTokens: 10, reasoningOutputTokens: 0 };
  lines.push(line("thread/tokenUsage/updated", { ...ids, tokenUsage: { total: tokens, last: tokens } }));
  const bytes = encoder.encode(lines.join("") + completedLine(turn));
  return Array.from(
    { length: Math.ceil(bytes.length / CHUNK) },
    (_, at) => bytes.subarray(at * CHUNK, (at + 1) * CHUNK),
  );
}

function commandLines(line: (method: string, params: object) => string, ids: object, id: string): string[] {
  const item = { type: "commandExecution", id, command: "ls", commandActions: [], cwd: "/", source: "agent" };
  return [
    line("item/started", { ...ids, item: { ...item, status: "inProgress" }, startedAtMs: 1 }),
    line("item/completed", { ...ids, item: { ...item, status: "completed", exitCode: 0 }, completedAtMs: 1 }),
  ];
}

async function openFed(watched: boolean): Promise<Run> {
  const [deltas, commands] = [Number(first), Number(second)];
  const server = new FedServer();
  const codex = await Codex.start({ transport: server.transport, onDiagnostic: () => {} });
  if (watched) instrument(codex, { tracer, meter });
  const thread = await codex.threadStart();
  let turns = 0;
  return () => {
    const chunks = chunksOf(++turns, deltas, commands);
    return taken(async () => {
      const turn = await thread.turn("go");
      const reading = countDeltas(turn);
      for (const chunk of chunks) await server.feed(chunk);
      expectCount("deltas", await reading, deltas);
    });
  };
}

/** How to end each of the real servers. */
const ends: (() => Promise<void>)[] = [];

async function openReal(watched: boolean): Promise<Run> {
  const home = await codexHome({ modelUrl: first, sandboxMode: "danger-full-access" });
  const codex = await Codex.start({ codexBin: second, env: home.env, cwd: home.path });
  ends.push(async () => {
    await codex.close();
    await home.remove();
  });
  if (watched) instrument(codex, { tracer, meter });
  return async () => {
    const thread = await codex.threadStart();
    return await taken(async () => {
      if (await countDeltas(await thread.turn("go")) === 0) throw new Error("Nothing was said");
    });
  };
}

async function countDeltas(events: AsyncIterable<{ readonly method: string }>): Promise<number> {
  let count = 0;
  for await (const { method } of events) if (method === "item/agentMessage/delta") count++;
  return count;
}

await context.with(ROOT_CONTEXT, async () => {
  const open = what === "fed" ? openFed : openReal;
  const [plain, watched] = [await open(false), await open(true)];
  const pairs: { readonly plain: Taken; readonly watched: Taken }[] = [];
  for (let round = -4; round < Number(rounds); round++) {
    // Each is the first one every other time: what the one leaves behind, the other has to clean up.
    const [one, other] = round % 2 === 0 ? [plain, watched] : [watched, plain];
    const [a, b] = [await one(), await other()];
    if (round >= 0) pairs.push(one === plain ? { plain: a, watched: b } : { plain: b, watched: a });
  }
  for (const end of ends) await end();
  finish({
    wallMs: median(pairs.map(({ plain }) => plain.wallMs)),
    plainMs: median(pairs.map(({ plain }) => plain.mainMs)),
    watchedMs: median(pairs.map(({ watched }) => watched.mainMs)),
    moreMs: median(pairs.map(({ plain, watched }) => watched.mainMs - plain.mainMs)),
    percentOfTurn: median(pairs.map(({ plain, watched }) => 100 * (watched.mainMs - plain.mainMs) / plain.wallMs)),
    percentOfClient: 100 * (median(pairs.map(({ plain, watched }) => watched.mainMs / plain.mainMs)) - 1),
  });
});
