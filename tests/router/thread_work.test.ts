import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { ThreadItem } from "../../gen/mod.ts";
import { type Ask, ThreadWork } from "../../src/router/thread_work.ts";

const ID = "thread";

type Step = (work: ThreadWork, ask: Ask) => void;

/** Each way to merge two lists that keeps the order of each. */
function merges<T>(a: readonly T[], b: readonly T[]): T[][] {
  if (a.length === 0 || b.length === 0) return [[...a, ...b]];
  return [
    ...merges(a.slice(1), b).map((rest) => [a[0]!, ...rest]),
    ...merges(a, b.slice(1)).map((rest) => [b[0]!, ...rest]),
  ];
}

const answer = (turnId?: string): Step => (_, ask) =>
  ask.answered(turnId === undefined ? {} : { turn: { id: turnId } });
const started = (turnId: string, root?: string): Step => (work) => work.started(ID, turnId, root);
const item = (turnId: string, type: string): Step => (work) => {
  const source = type === "commandExecution" ? "userShell" : undefined;
  work.item(ID, turnId, { type, id: "i", source } as unknown as ThreadItem);
};
const completed = (turnId: string): Step => (work) => work.completed(ID, turnId);

/** What one request brings about: its answer, and the events of its work in their order. */
const KINDS = {
  turn: {
    method: "turn/start",
    answer: answer("T"),
    events: [started("T"), item("T", "userMessage"), item("T", "agentMessage"), completed("T")],
  },
  compact: {
    method: "thread/compact/start",
    answer: answer(),
    events: [started("C"), item("C", "contextCompaction"), completed("C")],
  },
  shellCommand: {
    method: "thread/shellCommand",
    answer: answer(),
    events: [started("S"), item("S", "commandExecution"), completed("S")],
  },
  review: {
    method: "review/start",
    answer: answer("R"),
    events: [item("R", "enteredReviewMode"), started("Y", "R"), item("R", "userMessage"), completed("R")],
  },
} as const;

describe("what a thread is at work on", () => {
  for (const [kind, { method, answer, events }] of Object.entries(KINDS)) {
    test(`[W5] what has ended never begins: a ${kind}, answered at any moment, with any of its events missing`, async () => {
      const end = events.at(-1)!;
      for (let missing = 0; missing < 2 ** (events.length - 1); missing++) {
        const seen = [...events.filter((_, n) => n < events.length - 1 && (missing & (1 << n)) === 0), end];
        // One whose answer tells no id, and that is told of by nothing but an end, nobody can know.
        const isNamed = kind === "turn" || kind === "review";
        if (!isNamed && seen.length === 1) continue;
        for (const order of merges([answer], seen)) {
          const work = new ThreadWork(1e6);
          const ask = work.ask(method, ID);
          ask.sent();
          const behind = work.ask("turn/start", ID);
          const free = work.free(behind);
          order.forEach((step, n) => {
            const [isAnswered, isOver] = [answer, end].map((each) => order.indexOf(each) < n);
            // Input can be added to a turn as soon as its id is known.
            const isFree = kind === "turn" ? isAnswered : isOver && (isAnswered || !isNamed);
            assertEquals(work.isFree(behind), isFree);
            if (missing === 0) assertEquals(work.of(ID, behind)?.kind, isOver && isFree ? undefined : kind);
            step(work, ask);
          });
          await free;
          if (kind === "compact") assertEquals(await ask.begun, "C");
          behind.withdrawn(new Error("not needed"));
          assertEquals([work.of(ID), work.size], [undefined, 0]);
        }
      }
    });
  }

  test("[W5] a shell command that is asked for beside a compaction or a review is run in its turn, and may show first", async () => {
    for (const kind of ["compact", "review"] as const) {
      const { method, answer, events } = KINDS[kind];
      const id = kind === "compact" ? "C" : "R";
      const shown = item(id, "commandExecution");
      for (let at = 1; at < events.length; at++) {
        const seen = [...events.slice(0, at), shown, ...events.slice(at)];
        const ofShell: Step = (_, ask) => ask.answered({});
        for (const order of merges<Step>([answer], [ofShell]).flatMap((both) => merges(both, seen))) {
          const work = new ThreadWork(1e6);
          const asks = [work.ask(method, ID), work.ask("thread/shellCommand", ID)] as const;
          for (const ask of asks) ask.sent();
          const behind = work.ask("turn/start", ID);
          const free = work.free(behind);
          for (const step of order) step(work, asks[step === ofShell ? 1 : 0]);
          await free;
          if (kind === "compact") assertEquals(await asks[0].begun, "C");
          behind.withdrawn(new Error("not needed"));
          assertEquals([work.of(ID), work.size], [undefined, 0]);
        }
      }
    }
  });

  test("[W5] two turns of a thread, the second one's request in flight while the first one ends", () => {
    const first = [started("A"), item("A", "userMessage"), completed("A")];
    const second = [started("B"), item("B", "userMessage"), completed("B")];
    for (const order of merges([answer("B")], [...first, ...second])) {
      const work = new ThreadWork(1e6);
      const ask = work.ask("turn/start", ID);
      ask.sent();
      for (const step of order) step(work, ask);
      assertEquals([work.of(ID), work.size], [undefined, 0]);
    }
    // It joined the first one.
    for (const order of merges([answer("A")], first)) {
      const work = new ThreadWork(1e6);
      const ask = work.ask("turn/start", ID);
      for (const step of order) step(work, ask);
      assertEquals([work.of(ID), work.size], [undefined, 0]);
    }
  });

  test("[W5] a shell command is run in the turn that runs, and else is one that no model answers", () => {
    const work = new ThreadWork(1e6);
    work.started(ID, "T");
    item("T", "userMessage")(work, work.ask("thread/resume", "other"));
    const ask = work.ask("thread/shellCommand", ID);
    const behind = work.ask("turn/start", ID);
    assertEquals([work.isFree(behind), work.of(ID)], [false, { kind: "turn", turnId: "T" }]);
    ask.sent();
    ask.answered({});
    assertEquals(work.isFree(behind), true);
    work.completed(ID, "T");
    assertEquals(work.isFree(behind), true);
  });

  test("[W5] a thread that is resumed may be at work, unless that ended while the server answered", () => {
    const thread = (turns: object[]) => ({ thread: { status: { type: "active" }, turns } });
    const running = { id: "T", status: "inProgress", items: [{ type: "enteredReviewMode" }] };
    for (const [turns, ends] of [[[running], completed("T")], [[], completed("T")], [[], idle]] as const) {
      for (const order of merges<Step>([(_, ask) => ask.answered(thread([...turns]))], [ends])) {
        const work = new ThreadWork(1e6);
        const ask = work.ask("thread/resume", ID);
        ask.sent();
        for (const step of order) step(work, ask);
        if (order[0] === ends && ends === idle) work.idle(ID); // it is said again
        assertEquals([work.of(ID), work.size], [undefined, 0]);
      }
    }
    const work = new ThreadWork(1e6);
    work.ask("thread/resume", ID).answered(thread([running]));
    assertEquals(work.of(ID), { kind: "review", turnId: "T" });
    // Of one that has no items yet, the first of them tells what it is.
    const early = new ThreadWork(1e6);
    early.ask("thread/resume", ID).answered(thread([{ ...running, items: [] }]));
    assertEquals(early.of(ID), { kind: "turn", turnId: "T" });
    item("T", "contextCompaction")(early, early.ask("turn/start", ID));
    assertEquals(early.of(ID), { kind: "compact", turnId: "T" });
  });

  test("[W5] what is asked of a thread is done in the order in which it was asked", async () => {
    const work = new ThreadWork(1e6);
    const [one, compaction, two, other] = [
      work.ask("turn/start", ID),
      work.ask("thread/compact/start", ID),
      work.ask("turn/start", ID),
      work.ask("turn/start", "other"),
    ];
    assertEquals([one, compaction, two, other].map((ask) => work.isFree(ask)), [true, false, false, true]);
    assertEquals(work.of(ID, compaction), { kind: "turn", turnId: null });
    one.withdrawn(new Error("given up"));
    assertEquals([compaction, two].map((ask) => work.isFree(ask)), [true, false]);
    const free = work.free(two);
    compaction.sent();
    compaction.withdrawn(new Error("too late"));
    assertEquals(work.isFree(two), false);
    compaction.refused(new Error("no"));
    await free;
    await assertRejects(() => compaction.begun, Error, "no");
  });

  test("[W5] when the connection is lost, or the thread closed, nothing is left to wait for", async () => {
    const work = new ThreadWork(1e6);
    const compaction = work.ask("thread/compact/start", ID);
    compaction.sent();
    compaction.answered({});
    const behind = work.ask("turn/start", ID);
    const free = work.free(behind);
    const error = new Error("lost");
    work.clear(error);
    await free;
    assertStrictEquals(await compaction.begun.catch((reason) => reason), error);
    assertEquals(work.isFree(behind), true);
  });

  test("[P15] what the server makes it remember is bounded, and whoever waits for what is forgotten goes on", async () => {
    const work = new ThreadWork(10_000);
    work.started(ID, "C");
    item("C", "contextCompaction")(work, work.ask("thread/resume", ID));
    const ask = work.ask("turn/start", ID);
    const free = work.free(ask);
    for (let n = 0; n < 1000; n++) work.started(`thread ${n}`, `turn ${n}`.padEnd(200));
    for (let n = 0; n < 1000; n++) work.completed(ID, `turn ${n}`.padEnd(200));
    await free;
    assertEquals(work.size < 40, true);
  });
});

function idle(work: ThreadWork): void {
  work.idle(ID);
}
