import { retryOnOverload, type RetryOptions, ServerBusyError } from "@codex-app-server/sdk";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";

/** The pauses between the attempts, in milliseconds, if chance always draws this. */
async function pauses(drawn: number, options: RetryOptions): Promise<number[]> {
  const { setTimeout: realTimeout } = globalThis;
  const { random } = Math;
  const seen: number[] = [];
  globalThis.setTimeout = ((work: () => void, ms: number) => {
    seen.push(ms);
    return realTimeout(work, 0);
  }) as typeof setTimeout;
  Math.random = () => drawn;
  try {
    const busy = () => Promise.reject(new ServerBusyError({ rpcCode: -32001, message: "busy", method: "m" }));
    await assertRejects(() => retryOnOverload(busy, options), ServerBusyError);
    return seen.map((ms) => Math.round(ms));
  } finally {
    globalThis.setTimeout = realTimeout;
    Math.random = random;
  }
}

const ALMOST_1 = 1 - Number.EPSILON;

describe("the pauses of retryOnOverload", () => {
  test("[Q5] are 250 ms, doubled each time, up to 2,000 ms; three attempts have two", async () => {
    assertEquals(await pauses(0.5, {}), [250, 500]);
    assertEquals(await pauses(0.5, { attempts: 7 }), [250, 500, 1000, 2000, 2000, 2000]);
  });

  test("[Q5] are up to 20 % shorter or longer, and never past the cap", async () => {
    assertEquals(await pauses(0, { attempts: 6 }), [200, 400, 800, 1600, 1600]);
    assertEquals(await pauses(ALMOST_1, { attempts: 6 }), [300, 600, 1200, 2000, 2000]);
    assertEquals(await pauses(ALMOST_1, { attempts: 3, initialDelayMs: 10, maxDelayMs: 15, jitter: 1 }), [15, 15]);
  });
});
