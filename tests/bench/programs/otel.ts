/**
 * Turns of a client with telemetry and of one without, one after the other in one program that has OpenTelemetry's SDK.
 * Arguments: the folder in which the SDK is installed, how many rounds, how many deltas a turn has, how many commands.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import { type Context, context, type ContextManager, ROOT_CONTEXT, type Tracer } from "@opentelemetry/api";
import { median, pairedRatios } from "../lib/stats.ts";
import { completedLine, deltaLine, FedServer, THREAD_ID, turnId } from "./fed_server.ts";
import { expectCount, finish, mainThreadMs } from "./measure.ts";

const [sdk = "", rounds = "", deltas = "", commands = ""] = process.argv.slice(2);
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

/** A turn's events, in chunks as a pipe would bring them. */
function chunksOf(turn: number): Uint8Array[] {
  const ids = { threadId: THREAD_ID, turnId: turnId(turn) };
  const line = (method: string, params: object) => `${JSON.stringify({ method, params, emittedAtMs: 1 })}\n`;
  const running = { id: turnId(turn), items: [], itemsView: "notLoaded", status: "inProgress" };
  const lines = [line("turn/started", { threadId: THREAD_ID, turn: running })];
  // Deltas, a command, deltas ...
  const each = Math.ceil(Number(deltas) / (Number(commands) + 1));
  for (let delta = 0; delta < Number(deltas); delta++) {
    if (delta > 0 && delta % each === 0) lines.push(...commandLines(line, ids, `call_${delta}`));
    lines.push(deltaLine(turn, `word ${delta} `));
  }
  if (Number(deltas) === 0) {
    for (let at = 0; at < Number(commands); at++) lines.push(...commandLines(line, ids, `c${at}`));
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

async function open(watched: boolean): Promise<() => Promise<number>> {
  const server = new FedServer();
  const codex = await Codex.start({ transport: server.transport, onDiagnostic: () => {} });
  if (watched) instrument(codex, { tracer, meter });
  const thread = await codex.threadStart();
  let turns = 0;
  return async () => {
    const chunks = chunksOf(++turns);
    const before = mainThreadMs();
    const turn = await thread.turn("go");
    const reading = (async () => {
      let count = 0;
      for await (const { method } of turn) if (method === "item/agentMessage/delta") count++;
      return count;
    })();
    for (const chunk of chunks) await server.feed(chunk);
    expectCount("deltas", await reading, Number(deltas));
    return mainThreadMs() - before;
  };
}

await context.with(ROOT_CONTEXT, async () => {
  const [plain, watched] = [await open(false), await open(true)];
  const taken = { plain: [] as number[], watched: [] as number[] };
  for (let round = -4; round < Number(rounds); round++) {
    // Each is the first one every other time: what the one leaves behind, the other has to clean up.
    const order = round % 2 === 0 ? [plain, watched] : [watched, plain];
    const times = new Map<unknown, number>();
    for (const run of order) times.set(run, await run());
    if (round < 0) continue;
    taken.plain.push(times.get(plain)!);
    taken.watched.push(times.get(watched)!);
  }
  finish({
    plainMs: median(taken.plain),
    watchedMs: median(taken.watched),
    ratio: median(pairedRatios(taken.watched, taken.plain)),
  });
});
