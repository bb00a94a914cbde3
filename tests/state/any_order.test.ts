import { type Thread, type ThreadItem, ThreadSchema, type Turn } from "@codex-app-server/sdk/protocol";
import { type Codex, type Notification, textInput } from "@codex-app-server/sdk";
import { emptyThread, hydrate, reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import {
  applyPatch,
  command,
  failure,
  functionCall,
  Gate,
  type ItemType,
  message,
  notification,
  type Random,
  reasoning,
  sample,
  type ScriptedModel,
  turn,
  webSearch,
  withAppServer,
  withSeed,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { frozen, lifeOf } from "./conversation.ts";

/** What happened, in order: an event that came, or what the server had stored at that moment. */
type Happened = { readonly event: ThreadEvent } | { readonly stored: Thread };

/** A life of a thread with the real server, written down. */
interface Life {
  readonly threadId: string;
  readonly happened: readonly Happened[];
  /** What the server has stored at the end. */
  readonly last: Thread;
}

/** Some turns of all kinds, with looks at what is stored between them and in the middle of them. */
async function live(codex: Codex, model: ScriptedModel, random: Random): Promise<Life> {
  const happened: Happened[] = [];
  const events = codex.events();
  const thread = await codex.threadStart();
  const look = async (): Promise<Thread> => {
    const { thread: stored } = await codex.request("thread/read", { threadId: thread.id, includeTurns: true });
    happened.push({ stored });
    return stored;
  };
  const looks: Promise<unknown>[] = [];
  const seen = (async () => {
    for await (const event of events) {
      happened.push({ event });
      // In the middle of calls that run side by side, too.
      if (event.method === "item/started" && random.chance(0.2)) looks.push(look());
      if (event.method === "thread/name/updated" && event.params.threadName === "over") return;
    }
  })();
  const some = [
    () => model.reply(message(["a ", "b ", "c"], { phase: "commentary" }), command("printf 'x\\n'; echo y")),
    () => model.reply(reasoning("**Think** about it", { text: "raw" }), applyPatch("*** Add File: a.txt\n+a")),
    () => model.reply(command("echo 1; sleep 0.1"), command("exit 3"), command("echo 3")),
    () => model.reply(webSearch("weather"), functionCall("lookup", { q: 1 }), functionCall("lookup", { q: 2 })),
  ];
  const mode = (name: "plan" | "default") => ({
    collaborationMode: {
      mode: name,
      settings: { model: "mock-model", reasoning_effort: null, developer_instructions: null },
    },
  });
  const target = { type: "custom", instructions: "look at it" } as const;
  const others = [
    async () => {
      model.reply(message(["Intro\n<proposed_plan>\n# Do", " it\n</proposed_plan>\n", "end"]));
      await thread.run("plan it", mode("plan"));
    },
    async () => {
      model.reply(failure("insufficient_quota", "no money"));
      await thread.run("fail", mode("default"));
    },
    async () => {
      model.reply(message("what was said"));
      await turnOver(thread, () => thread.compact());
    },
    async () => {
      model.reply(message('{"findings":[],"overall_correctness":"patch is correct","overall_explanation":"fine"}'));
      await turnOver(thread, () => codex.request("review/start", { threadId: thread.id, target }));
    },
    () =>
      turnOver(thread, () => codex.request("thread/shellCommand", { threadId: thread.id, command: "echo by hand" })),
  ];
  const turns = 2 + random.below(3);
  for (let n = 0; n < turns; n++) {
    for (let step = random.below(3); step > 0; step--) some[random.below(some.length)]!();
    // Its id is that of a call in another turn, as it can be: the model chooses them.
    if (random.chance(0.4)) model.reply(command("echo again", { callId: "same" }));
    const gate = new Gate();
    model.reply(message(["all ", gate, "done ", `${n}`], { phase: "final_answer" }));
    const handle = await thread.turn(`go ${n}`, { clientUserMessageId: `mine-${n}` });
    await gate.reached;
    await look();
    const fate = random.below(4);
    if (fate === 0) await handle.interrupt();
    if (fate === 1) {
      model.reply("so be it");
      await codex.request("turn/steer", {
        threadId: thread.id,
        expectedTurnId: handle.id,
        input: [textInput("and this")],
        clientUserMessageId: `more-${n}`,
      });
    }
    gate.release();
    await handle.run();
    if (random.chance(0.5)) await look();
    if (random.chance(0.5)) await others[random.below(others.length)]!();
  }
  await Promise.all(looks);
  const last = await look();
  await thread.setName("over");
  await seen;
  await events.return?.();
  return { threadId: thread.id, happened, last };
}

/** Waits for the end of a turn that something else than `turn/start` begins. */
async function turnOver(
  thread: { events(): AsyncIterable<Notification> },
  begin: () => Promise<unknown>,
): Promise<void> {
  const events = thread.events();
  await begin();
  for await (const event of events) if (event.method === "turn/completed") return;
}

/**
 * A turn in which much begins in the same few milliseconds, some of it over in none: the model streams one item at a
 * time, a plan or messages of the user cut in, and calls run side by side. What is stored is in the order of the ends.
 */
function millisecond(random: Random): Life {
  const where = { threadId: "thread-1", turnId: "turn-1" };
  const running: ThreadItem[] = [];
  const stored: ThreadItem[] = [];
  const happened: Happened[] = [];
  let now = 1_000;
  const isStreamed = ({ type }: ThreadItem) => type === "agentMessage" || type === "reasoning";
  const told = (): Happened => ({ stored: storedThread(turnOf("inProgress", [...stored, ...running])) });
  const start = (kind: ItemType): void => {
    const begun = stored.length + running.length;
    // The server numbers messages of the user, the model names what it does.
    const id = kind === "userMessage"
      ? `01a2146c-0000-7${100 + begun}-8000-000000000000`
      : `${random.below(1_000)}-${begun}`;
    const { started, pieces } = lifeOf(kind, id, where.turnId, now);
    running.push((started.params as { item: ThreadItem }).item);
    happened.push(...[started, ...pieces].map((event) => ({ event })));
  };
  const end = (at: number): void => {
    const { type, id, startedAtMs } = running.splice(at, 1)[0]!;
    const { completed } = lifeOf(type, id, where.turnId, startedAtMs!);
    const over = { ...(completed.params as { item: ThreadItem }).item, completedAtMs: now } as ThreadItem;
    stored.push(over);
    happened.push({ event: notification("item/completed", { ...where, completedAtMs: now, item: over as never }) });
  };
  happened.push({
    event: notification("turn/started", {
      ...where,
      turn: { ...turnOf("inProgress", []), itemsView: "notLoaded" } as never,
    }),
  });
  for (let step = 5 + random.below(20); step > 0; step--) {
    if (random.chance(0.3)) now++;
    if (random.chance(0.2)) happened.push(told());
    if (running.length > 0 && random.chance(0.4)) end(random.below(running.length));
    else if (random.chance(0.3)) {
      start(random.chance(0.3) && running.some(isStreamed) ? "plan" : "userMessage");
      end(running.length - 1);
    } else if (random.chance(0.4) && !running.some(isStreamed)) {
      now++;
      start(random.chance(0.5) ? "agentMessage" : "reasoning");
    } else start(CALLS[random.below(CALLS.length)]!);
  }
  while (running.length > 0) end(random.below(running.length));
  const whole = turnOf("completed", stored);
  happened.push({
    event: notification("turn/completed", {
      threadId: "thread-1",
      turn: { ...whole, items: [], itemsView: "notLoaded" } as never,
    }),
  });
  return { threadId: "thread-1", happened, last: storedThread(whole) };
}

const turnOf = (status: Turn["status"], items: readonly ThreadItem[]): Turn =>
  turn({ id: "turn-1", status, startedAt: 1, completedAt: status === "completed" ? 2 : null, items } as object);
const storedThread = (...turns: Turn[]): Thread => ({ ...sample(ThreadSchema, { id: "thread-1" } as never), turns });

const CALLS = ["commandExecution", "fileChange", "mcpToolCall", "dynamicToolCall", "subAgentActivity"] as const;

function take(state: ThreadState, step: Happened): ThreadState {
  return frozen("event" in step ? reduce(state, frozen(step.event)) : hydrate(state, frozen(step.stored)));
}

/** The events alone, as they came. */
const eventsOf = ({ happened }: Life) => happened.filter((step) => "event" in step);
const storesOf = ({ happened }: Life) => happened.filter((step) => "stored" in step);

/**
 * In whatever order the parts of a client may take what happened: looks at what is stored come late, by how much does not
 * matter; and earlier than the events that they already tell of, for the answers of a server overtake its events in the
 * queue of a slow reader. Events stay in their own order, but some come twice.
 */
function shuffled(life: Life, random: Random): Happened[] {
  const result: Happened[] = [];
  for (const step of eventsOf(life)) {
    result.push(step);
    if (random.chance(0.1)) result.push(step);
  }
  for (const step of storesOf(life)) {
    for (let times = random.below(3); times > 0; times--) result.splice(random.below(result.length + 1), 0, step);
  }
  return result;
}

/** What is not stored: the half of a message that nobody heard the end of, and a second call under the id of another. */
function comparable({ turns }: ThreadState): unknown {
  return turns.map(({ turn: { itemsView: _, ...turn }, items }) => ({
    turn,
    items: items.filter(({ item }) => item.completedAtMs != null),
  }));
}

describe("events and what is stored, in any order", () => {
  test("[M2] [M3] what began in the same millisecond stands in the same place, whatever ended first", async () => {
    for (let round = 0; round < 300; round++) {
      await withSeed((random) => {
        const life = millisecond(random);
        const begin = frozen(emptyThread(life.threadId));
        const expected = comparable(hydrate(begin, life.last));
        assertEquals(comparable(life.happened.reduce(take, begin)), expected, "as it happened");
        for (let order = 0; order < 10; order++) {
          const steps = shuffled(life, random);
          assertEquals(comparable(steps.reduce(take, begin)), expected, "in another order");
          const late = steps.slice(random.below(steps.length)).reduce(take, begin);
          assertEquals(comparable(take(late, { stored: life.last })), expected, "joined late");
        }
      });
    }
  });

  test("[M2] [M3] [M7] (real) a thread that lived through anything ends as the server's own `thread/read`", async () => {
    const options = { approvalPolicy: "never", sandboxMode: "danger-full-access" } as const;
    await withAppServer({
      ...options,
      codex: { handlers: { "item/tool/call": () => ({ contentItems: [], success: true }) } },
    }, async ({ codex, model }) => {
      for (let round = 0; round < 4; round++) {
        await withSeed(async (random) => {
          const life = await live(codex, model, random);
          const begin = frozen(emptyThread(life.threadId));
          const expected = comparable(hydrate(begin, life.last));
          const plain = eventsOf(life).reduce(take, begin);
          assertEquals(comparable(plain), expected, "events alone");
          assertEquals(comparable(life.happened.reduce(take, begin)), expected, "as it happened");
          for (let order = 0; order < 40; order++) {
            const steps = shuffled(life, random);
            const state = steps.reduce(take, begin);
            assertEquals(comparable(state), expected, "in another order");
            // From any moment on, with events missing before it: what is stored at the end fills all of it.
            const late = take(steps.slice(random.below(steps.length)).reduce(take, begin), { stored: life.last });
            assertEquals(comparable(late), expected, "joined late");
            assertStrictEquals(hydrate(late, life.last), late);
            // The connection was lost, and what happened then went by unseen.
            const [from = 0, to = 0] = [random.below(steps.length), random.below(steps.length)].sort((a, b) => a - b);
            const gap = {
              event: { method: "connection/gap", params: { threadId: life.threadId, turnId: null } },
            } as const;
            const broken = [...steps.slice(0, from), gap, ...steps.slice(to), { stored: life.last }].reduce(
              take,
              begin,
            );
            assertEquals(comparable(broken), expected, "with a gap");
            assertStrictEquals(broken.gap, null);
          }
          assert(life.happened.length > 20);
        });
      }
    });
  });
});
