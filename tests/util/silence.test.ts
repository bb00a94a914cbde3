import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { watchSilence } from "../../src/util/silence.ts";

const realNow = performance.now.bind(performance);

/** Moves the clock that timers run by, as for a machine that slept. */
function withClock<T>(run: (sleep: (ms: number) => void) => Promise<T>): Promise<T> {
  let slept = 0;
  performance.now = () => realNow() + slept;
  return run((ms) => slept += ms).finally(() => performance.now = realNow);
}

describe("watchSilence", () => {
  test("[W7] tells silence, and again after as much more, until it is stopped", async () => {
    let told = 0;
    const twice = deferred<void>();
    const start = realNow();
    const stop = watchSilence(20, () => start, () => {
      if (++told === 2) {
        stop();
        twice.resolve();
      }
    });
    await twice.promise;
    assert(realNow() - start >= 19);
    assertEquals(told, 2);
  });

  test("[W7] an event puts it off", async () => {
    let last = realNow();
    let looks = 0;
    const done = deferred<void>();
    const wallClock = Date.now;
    Date.now = () => wallClock() + (looks % 2 === 0 ? 1 : -1) * 3_600_000;
    const stop = watchSilence(20, () => {
      // Every look until the fifth finds that something has just happened.
      if (++looks < 10) last = realNow();
      return last;
    }, () => done.resolve());
    await done.promise.finally(() => Date.now = wallClock);
    stop();
    assert(looks >= 10);
  });

  test("[W7] a machine that slept was not silent: what came meanwhile is read first", async () => {
    await withClock(async (sleep) => {
      let last = performance.now();
      const heard = deferred<string>();
      const stop = watchSilence(50, () => last, () => heard.resolve("silent"));
      sleep(3_600_000);
      // What lay unread is read a moment after the timer, which a program that wakes up serves first.
      const timer = setTimeout(() => {
        last = performance.now();
        stop();
        heard.resolve("an event");
      }, 200);
      assertEquals(await heard.promise, "an event");
      clearTimeout(timer);
    });
  });

  test("[W7] a machine that slept and still hears nothing is told so soon", async () => {
    await withClock(async (sleep) => {
      const last = performance.now();
      const heard = deferred<void>();
      const stop = watchSilence(50, () => last, () => heard.resolve());
      sleep(3_600_000);
      await heard.promise;
      stop();
    });
  });
});
