import type { ServerRequestContext, Thread, TurnHandle } from "@codex-app-server/sdk";
import { ThreadResumeResponseSchema } from "@codex-app-server/sdk/protocol";
import {
  chaos,
  item,
  type Random,
  sample,
  ScriptedAppServer,
  type ScriptedTurn,
  scriptTurns,
  turn,
  withSeed,
} from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { Connector } from "../../src/client/connection/connector.ts";
import { startLogin } from "../../src/client/login.ts";
import { ThreadOpener } from "../../src/client/thread/thread_opener.ts";

/** How many seeds are tried; CHAOS_RUNS asks for more. */
const RUNS = Number(process.env["CHAOS_RUNS"] ?? 40);
/** Whatever has not settled by then hangs. All deadlines of a run are well below it. */
const HUNG_MS = 20_000;

type Result = readonly [what: string, settled: Promise<unknown>];

/** What has to settle. A rejection is as good as a result, and looked at later. */
class Results extends Array<Result> {
  add(what: string, settled: Promise<unknown>): void {
    settled.catch(() => {});
    this.push([what, settled]);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A turn that says something, asks something, and takes its time, as the seed will have it. */
async function play(playing: ScriptedTurn, random: Random): Promise<void> {
  for (let i = random.below(4); i >= 0 && !playing.signal.aborted; i--) {
    playing.message(Array.from({ length: random.below(5) }, (_, n) => `${playing.id}.${n} `));
    if (random.chance(0.2)) playing.item("plan", { text: "a plan" });
    if (random.chance(0.2)) playing.ask("item/tool/call").catch(() => {});
    if (random.chance(0.5)) await pause(random.below(4));
  }
}

/** Reads a stream to its end, or stops early. */
async function read(stream: AsyncIterable<unknown>, atMost: number): Promise<number> {
  let count = 0;
  for await (const _ of stream) if (++count >= atMost) break;
  return count;
}

/** Does one thing with a turn. */
function act(handle: TurnHandle, random: Random, results: Results): void {
  const atMost = random.chance(0.3) ? 1 + random.below(3) : Infinity;
  const actions: (() => Result)[] = [
    () => ["run", handle.run()],
    () => ["stream", read(handle.stream(), atMost)],
    () => ["text", read(handle.text(), atMost)],
    () => ["steer", handle.steer("more", { timeoutMs: 200 })],
    () => ["interrupt", handle.interrupt()],
    () => ["dispose", handle[Symbol.asyncDispose]()],
  ];
  results.add(...actions[random.below(actions.length)]!());
}

async function useThread(thread: Thread, random: Random, results: Results): Promise<void> {
  for (let i = 1 + random.below(3); i > 0; i--) {
    const controller = new AbortController();
    const options = {
      ...(random.chance(0.4) && { signal: controller.signal }),
      ...(random.chance(0.3) && { timeoutMs: 1 + random.below(60) }),
      ...(random.chance(0.3) && { idleTimeoutMs: 1 + random.below(60) }),
    };
    setTimeout(() => controller.abort(new Error("aborted")), random.below(30));
    const starting = thread.turn("go", options);
    results.add("turn", starting);
    const handle = await starting.catch(() => undefined);
    if (handle === undefined) continue;
    for (let n = random.below(4); n > 0; n--) {
      act(handle, random, results);
      if (random.chance(0.3)) await pause(random.below(5));
    }
  }
}

/** Answers a tool call, late or wrongly or not at all. */
async function answer(connector: () => Connector, ctx: ServerRequestContext, random: Random) {
  if (random.chance(0.3)) await pause(random.below(10));
  const choice = random.below(6);
  if (choice === 0) throw new Error("the handler fails");
  if (choice === 1) return ctx.pass();
  if (choice === 2) return { success: "yes" } as never;
  const result = { success: true, contentItems: [] };
  if (choice > 3) return result;
  setTimeout(() => {
    const { serverRequests } = connector().router;
    if (serverRequests.list().some(({ id, state }) => id === ctx.id && state === "parked")) {
      serverRequests.answer(ctx.id, result);
    }
  }, random.below(10));
  return ctx.defer();
}

/** What only the end of the connection ends, for sure. */
function listen(connector: Connector, random: Random, results: Results): void {
  results.add("listen to all", read(connector.listen({}), Infinity));
  results.add("listen to one", read(connector.router.subscribe({ method: "turn/completed" }), 1 + random.below(3)));
  const login = startLogin(connector, "chatgpt", { timeoutMs: 1 + random.below(100) });
  results.add("listen for a login", login.then((handle) => handle.wait()));
}

async function run(random: Random): Promise<void> {
  const gentle = random.chance(0.3);
  const faults = gentle ? {} : { drop: 0.08, duplicate: 0.05, reorder: 0.05, delay: 0.1 };
  const bytes = { chunkBytes: random, ...(random.chance(0.3) && { dieAtByte: 2000 + random.below(40_000) }) };
  const server = new ScriptedAppServer({ validate: false, faults: chaos(faults, random), bytes });
  const turns = scriptTurns(server, (playing) => play(playing, random));
  server.onRequest("thread/turns/list", ({ threadId }) => ({
    data: turns.filter((each) => each.threadId === threadId).map(({ id }) =>
      turn({ id, items: [item("agentMessage", { id: `stored ${id}` })] })
    ),
  }));
  server.onRequest("thread/resume", ({ threadId }) => {
    const status = random.chance(0.5) ? "inProgress" : "completed";
    const stored = turns.filter((each) => each.threadId === threadId).map(({ id }) => turn({ id, status }));
    return sample(ThreadResumeResponseSchema, { thread: { id: threadId, turns: stored } });
  });
  server.onRequest("account/login/start", ({ type }, ctx) => {
    const loginId = "login";
    if (random.chance(0.5)) ctx.connection.notify("account/login/completed", { loginId, success: true });
    return { type: type as "chatgpt", loginId, authUrl: "https://auth" };
  });
  server.onRequest("model/list", () => ({ data: [] }));
  /** Whether the connection keeps the program alive. */
  let held = false;
  const shared = random.chance(0.3);
  const open = () => {
    held = true;
    return Object.assign(server.connect(), { shared, ref: () => held = true, unref: () => held = false });
  };
  const controller = new AbortController();
  const connector: Connector = new Connector({
    transport: open,
    signal: controller.signal,
    reconnect: random.chance(0.3) && { initialDelayMs: 1, maxDelayMs: 5, maxAttempts: 3 },
    handlers: { "item/tool/call": (_params, ctx) => answer(() => connector, ctx, random) },
    serverRequestTimeoutMs: 200,
    limits: {
      requestTimeoutMs: 300,
      startTimeoutMs: 1000,
      silenceMs: 20,
      interruptTimeoutMs: 300,
      streamEvents: 4,
      ...(random.chance(0.3) && { requestsInFlight: 1 + random.below(3) }),
    },
  });
  await connector.load();
  const opener = new ThreadOpener(connector, {});
  const results = new Results();
  const listens = random.chance(0.5);
  if (listens) listen(connector, random, results);
  const users = Array.from({ length: 1 + random.below(4) }, async () => {
    const own = {
      "item/tool/call": (_params: unknown, ctx: ServerRequestContext) => answer(() => connector, ctx, random),
    };
    const starting = opener.start({}, { timeoutMs: 500, ...(random.chance(0.3) && { handlers: own }) });
    results.add("threadStart", starting);
    const thread = await starting.catch(() => undefined);
    if (thread === undefined) return;
    if (listens) results.add("listen to a thread", read(thread.events(), Infinity));
    results.add("models", connector.request("model/list", {}, { timeoutMs: 1 + random.below(50) }));
    await useThread(thread, random, results);
  });
  if (random.chance(0.3)) setTimeout(() => void connector.close(), random.below(80));
  if (random.chance(0.1)) setTimeout(() => controller.abort(new Error("the program ends")), random.below(80));
  await Promise.all(users);
  // Left alone, a turn ends by itself, by its deadline, or by what the server has stored.
  const listening = results.filter(([what]) => what.startsWith("listen"));
  await allSettled(results.filter((each) => !listening.includes(each)));
  // Nobody waits for anything; what was given up is found to be over by and by.
  const idle = async () => {
    while (held && connector.router.closedError === undefined) await pause(5);
  };
  if (!listens) await allSettled([["idle", idle()]]);
  await allSettled([["close", connector.close()], ["closed", connector.router.closed], ...listening]);
  const { turns: table, serverRequests, subscriptions, pending } = connector.router;
  const sizes = [table.size, serverRequests.size, subscriptions.size, pending.size, pending.abandoned];
  assertEquals(sizes, [0, 0, 0, 0, 0], "what is left in the tables");
  await server.close();
}

/** Fails with the names of what does not settle. */
async function allSettled(results: readonly Result[]): Promise<void> {
  const open = new Map(results.map(([what, settled], index) => [index, [what, settled] as Result]));
  const all = Promise.allSettled(
    results.map(([, settled], index) => settled.finally(() => open.delete(index)).catch(() => {})),
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hung = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`never settled: ${[...open.values()].map(([what]) => what)}`)), HUNG_MS);
  });
  await Promise.race([all, hung]).finally(() => clearTimeout(timer));
}

describe("chaos", () => {
  test(`[T2] [L5] whatever is lost, doubled, late or cut off: all settles and nothing is kept (${RUNS} seeds)`, async () => {
    // A few at a time: most of a run is waiting.
    for (let done = 0; done < RUNS; done += 20) {
      await Promise.all(Array.from({ length: Math.min(20, RUNS - done) }, () => withSeed(run)));
    }
  });

  test("[T6] in any interleaving, a turn's text is that of its messages, for every reader", async () => {
    for (let i = 0; i < 20; i++) {
      await withSeed(async (random) => {
        const server = new ScriptedAppServer({
          validate: false,
          faults: chaos({ delay: 0.2, maxDelayMs: 2 }, random),
          bytes: { chunkBytes: random },
        });
        scriptTurns(server, (playing) => play(playing, random));
        const connector = new Connector({ transport: () => server.connect(), limits: { streamEvents: 2 } });
        await connector.load();
        const opener = new ThreadOpener(connector, {});
        const checked = Array.from({ length: 5 }, async () => {
          const thread = await opener.start({}, {});
          const handle = await thread.turn("go");
          const [slow, fast] = [handle.text(), handle.text()];
          const joined = async (stream: AsyncIterable<string>, waits: boolean) => {
            let text = "";
            for await (const delta of stream) {
              text += delta;
              if (waits) await pause(random.below(3));
            }
            return text;
          };
          const [turn, one, two] = await Promise.all([handle.run(), joined(slow, true), joined(fast, false)]);
          const texts = turn.items.map((each) => each.type === "agentMessage" ? each.text : "");
          const said = texts.filter((text) => text !== "").join("\n\n");
          assertEquals([one, two], [said, said]);
        });
        await Promise.all(checked);
        await connector.close();
        await server.close();
      });
    }
  });
});
