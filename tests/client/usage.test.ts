import { BudgetExceededError, finalResponse, TurnFailedError, UsageLimitError } from "@codex-app-server/sdk";
import {
  type RateLimitSnapshot,
  ThreadResumeResponseSchema,
  type TokenUsageBreakdown,
  type Turn,
} from "@codex-app-server/sdk/protocol";
import { item, notification, sample, type ScriptedTurn, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { collect, scripted } from "./scripted.ts";

const counts = (inputTokens: number, outputTokens = 0): TokenUsageBreakdown => ({
  inputTokens,
  outputTokens,
  cachedInputTokens: 0,
  reasoningOutputTokens: 0,
  totalTokens: inputTokens + outputTokens,
});

/** Plays the requests of a turn, on top of what the thread had used before; tells it as the server does. */
function spend(playing: ScriptedTurn, before: number, ...requests: readonly number[]): number {
  let total = before;
  for (const request of requests) {
    total += request;
    playing.usage({ total: counts(total), last: counts(request) });
  }
  return total;
}

describe("what a turn has used", () => {
  test("[V9] is all of its requests, and nothing of the turns before", async () => {
    await using peer = scripted();
    let total = 0;
    const plan = [[100, 20], [7], [], [30, 1, 1]];
    scriptTurns(peer.server, (playing) => {
      total = spend(playing, total, ...plan.shift()!);
    });
    const thread = await peer.codex.threadStart();
    for (const expected of [120, 7, null, 32]) {
      const handle = await thread.turn("go");
      await handle.run();
      assertEquals(handle.tokens?.totalTokens ?? null, expected);
      if (expected !== null) assertEquals(handle.usage?.total.totalTokens, total);
    }
  });

  test("[V9] is right although the server tells again of what was used before", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (playing) => {
      if (playing.id === "turn-1") return void spend(playing, 0, 107);
      playing.usage({ total: counts(107), last: counts(107) }); // told again, as before a compaction
      playing.usage({ total: counts(160), last: counts(53) });
      playing.usage({ total: counts(160), last: counts(6057) }); // the size of what is left, and no request
    });
    const thread = await peer.codex.threadStart();
    await thread.run("go");
    const handle = await thread.turn("go");
    await handle.run();
    assertEquals(handle.tokens?.totalTokens, 53);
  });

  test("[V9] is right in a thread that had used something before it was resumed", async () => {
    for (const told of [true, false]) {
      await using peer = scripted();
      peer.server.onRequest("thread/resume", ({ threadId }, { connection }) => {
        const tokenUsage = { total: counts(1000), last: counts(10) };
        if (told) connection.notify("thread/tokenUsage/updated", { threadId, turnId: "long ago", tokenUsage });
        return sample(ThreadResumeResponseSchema, { thread: { id: threadId } });
      });
      scriptTurns(peer.server, (playing) => void spend(playing, 1000, 5, 6));
      const handle = await (await peer.codex.threadResume("a")).turn("go");
      await handle.run();
      assertEquals(handle.tokens?.totalTokens, 11);
    }
  });

  test("[V9] counts what a newer server counts, and stands what lacks numbers", async () => {
    await using peer = scripted({}, { validate: false });
    scriptTurns(peer.server, ({ connection, threadId, id: turnId }) => {
      const tell = (tokenUsage: unknown) =>
        connection.notify("thread/tokenUsage/updated", { threadId, turnId, tokenUsage } as never);
      for (const odd of [undefined, null, {}, { total: null }, { total: counts(1) }, { last: counts(1) }]) tell(odd);
      tell({ total: { ...counts(10), thoughtTokens: 7 }, last: counts(9) });
    });
    const handle = await (await peer.codex.threadStart()).turn("go");
    await handle.run();
    assertEquals(handle.tokens?.totalTokens, 9);
    assertEquals((handle.tokens as unknown as { thoughtTokens: number }).thoughtTokens, 7);
  });
});

describe("a budget", () => {
  test("[V8] interrupts the turn when it is spent, and says so with what was done", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, async (playing) => {
      playing.message("first");
      spend(playing, 0, 60);
      playing.message("second");
      spend(playing, 60, 60);
      await new Promise<void>((resolve) => playing.signal.addEventListener("abort", () => resolve()));
    });
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("go", { budget: { tokens: 100 } });
    const stream = collect(handle.stream());
    const error = await assertRejects(() => handle.run(), BudgetExceededError, "its budget was 100");
    assertEquals([error.code, error.name, error.budget], ["BUDGET_EXCEEDED", "BudgetExceededError", 100]);
    assertEquals(error.tokens.totalTokens, 120);
    assertEquals(error.items.map((each) => each.type === "agentMessage" && each.text), ["first", "second"]);
    assertStrictEquals(await stream.catch((thrown) => thrown), error);
    assertStrictEquals(await handle.run().catch((thrown) => thrown), error);
    assertEquals([turns[0]?.signal.aborted, handle.tokens?.totalTokens], [true, 120]);
  });

  test("[V8] that is not spent changes nothing; one that is spent to the last token is spent", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (playing) => {
      playing.message("fine");
      spend(playing, 0, 40, 60);
    });
    const run = async (tokens: number) => await (await peer.codex.threadStart()).run("go", { budget: { tokens } });
    assertEquals((await run(101)).status, "completed");
    const error = await assertRejects(() => run(100), BudgetExceededError);
    // The turn had ended by itself in the same moment: what it said is not lost.
    assertEquals(error.items.map(({ type }) => type), ["agentMessage"]);
  });

  test("[V8] counts this turn alone, however much the thread has used before", async () => {
    await using peer = scripted();
    let total = 0;
    scriptTurns(peer.server, (playing) => {
      total = spend(playing, total, 60);
    });
    const thread = await peer.codex.threadStart();
    for (let i = 0; i < 5; i++) assertEquals((await thread.run("go", { budget: { tokens: 61 } })).status, "completed");
  });

  test("[V8] holds also if all of the turn came before the server's answer", async () => {
    await using peer = scripted();
    peer.server.onRequest("turn/start", ({ threadId }, { connection }) => {
      const started = turn({ id: "t1", status: "inProgress" });
      connection.notify("turn/started", { threadId, turn: started });
      const said = item("agentMessage", { id: "m", text: "done" });
      connection.notify("item/completed", { threadId, turnId: "t1", item: said, completedAtMs: 1 });
      const tokenUsage = { total: counts(500), last: counts(500) };
      connection.notify("thread/tokenUsage/updated", { threadId, turnId: "t1", tokenUsage });
      connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
      return { turn: started };
    });
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("go", { budget: { tokens: 10 } });
    const error = await assertRejects(() => handle.run(), BudgetExceededError);
    assertEquals(error.items.length, 1);
    await assertRejects(() => collect(handle.stream()), BudgetExceededError);
  });

  test("[V8] is checked, and needs what it is counted by", async () => {
    await using peer = scripted({ optOutNotificationMethods: ["thread/tokenUsage/updated"] });
    scriptTurns(peer.server, () => {});
    const thread = await peer.codex.threadStart();
    const of = (budget: unknown) => thread.run("go", { budget } as never);
    for (const tokens of [0, -1, NaN, Infinity, 1.5]) {
      await assertRejects(() => of({ tokens }), RangeError, "budget.tokens");
    }
    for (const budget of [5, "5", { tokens: "5" }, { token: 5 }, null]) {
      await assertRejects(() => of(budget), TypeError, "budget");
    }
    await assertRejects(() => of({ tokens: 5 }), TypeError, "optOutNotificationMethods");
    assertEquals((await of(undefined)).status, "completed");
  });
});

describe("a limit of the account", () => {
  const WORDS = "You've hit your usage limit. Upgrade to Pro, or try again at Jan 1st, 2030 12:00 AM.";
  const limited = (message = WORDS, given: Partial<Turn> = {}): Turn =>
    turn({ status: "failed", error: { message, codexErrorInfo: "usageLimitExceeded" }, ...given });

  async function failWith(...rateLimits: readonly Partial<RateLimitSnapshot>[]): Promise<unknown> {
    await using peer = scripted();
    scriptTurns(peer.server, ({ connection }) => {
      for (const each of rateLimits) {
        const { params } = notification("account/rateLimits/updated", { rateLimits: each });
        connection.notify("account/rateLimits/updated", params);
      }
      return { status: "failed", error: { message: WORDS, codexErrorInfo: "usageLimitExceeded" } };
    });
    const done = await (await peer.codex.threadStart()).run("go");
    return await Promise.resolve(done).then(finalResponse).catch((error) => error);
  }

  test("[V8] is a UsageLimitError with the window that is used up, and when it is over", async () => {
    const primary = { usedPercent: 100, windowDurationMins: 300, resetsAt: 1_893_456_000 };
    const secondary = { usedPercent: 40, windowDurationMins: 10_080, resetsAt: 1_893_999_999 };
    const error = await failWith({ primary: { ...primary, usedPercent: 5 } }, { primary, secondary });
    assertInstanceOf(error, UsageLimitError);
    assertInstanceOf(error, TurnFailedError);
    assertEquals([error.code, error.name], ["USAGE_LIMIT", "UsageLimitError"]);
    assertEquals(error.limit, primary);
    assertEquals(error.resetsAt, new Date(1_893_456_000_000));
    assertEquals(error.rateLimits?.secondary, secondary);
    assertEquals(error.message.includes("You've hit your usage limit"), true);
    const both = await failWith({ primary, secondary: { ...secondary, usedPercent: 100 } });
    assertEquals((both as UsageLimitError).limit?.windowDurationMins, 10_080);
  });

  test("[V8] without such a window the time is that of the words, and without those it is not known", async () => {
    const error = await failWith({ primary: null, secondary: null }) as UsageLimitError;
    assertEquals([error.limit, error.resetsAt], [null, new Date("Jan 1 2030 12:00 AM")]);
    assertEquals((await failWith() as UsageLimitError).resetsAt, new Date("Jan 1 2030 12:00 AM"));
    const of = (given: Turn) => assertThrows(() => finalResponse(given), UsageLimitError);
    const completedAt = Math.floor(new Date("Mar 3 2031 11:00 AM").getTime() / 1000);
    assertEquals(of(limited("Or try again at 3:45 PM.", { completedAt })).resetsAt, new Date("Mar 3 2031 3:45 PM"));
    assertEquals(of(limited("Quota exceeded. Check your plan and billing details.")).resetsAt, null);
    assertEquals(of(limited("try again at half past ten")).resetsAt, null);
  });

  test("[V8] other failures stay what they were", () => {
    for (const codexErrorInfo of ["rateLimitExceeded", "serverOverloaded", "unauthorized", null] as const) {
      const failed = turn({ status: "failed", error: { message: WORDS, codexErrorInfo } });
      const error = assertThrows(() => finalResponse(failed), TurnFailedError);
      assertEquals(error.code, "TURN_FAILED");
    }
  });
});
