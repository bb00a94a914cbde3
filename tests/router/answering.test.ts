import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { TimeoutError, TransportClosedError } from "../../src/errors.ts";
import { Answering } from "../../src/router/answering.ts";

const unanswered = (timeoutMs = 0) => Promise.reject(new TimeoutError("request", timeoutMs, "no answer"));

function answering(pauseMs = 0) {
  const found: string[] = [];
  const watch = new Answering(pauseMs, ({ kind, message }) => found.push(`${kind}: ${message}`));
  const look = (ask: () => Promise<unknown> = unanswered) => watch.look(ask).then(() => "answered", () => "failed");
  return { found, watch, look };
}

describe("whether a server still answers", () => {
  test("[T11] three looks in a row without an answer, and nothing else from it: it does not", async () => {
    const { found, look } = answering();
    await look();
    await look();
    assertEquals(found, []);
    await look();
    assertEquals(found.length, 1);
    assertEquals(found[0]!.startsWith("request: The server answers no more"), true);
  });

  test("[T11] whatever comes from it, between looks or while one waits, an answer too late among it, begins anew", async () => {
    const { found, watch, look } = answering();
    for (let round = 0; round < 5; round++) {
      await look();
      await look();
      watch.heard();
    }
    for (let round = 0; round < 5; round++) {
      await look(async () => {
        watch.heard();
        await unanswered();
      });
    }
    assertEquals(found, []);
  });

  test("[T11] a deadline that was noticed too late does not count: this program was asleep, not the server", async () => {
    const { found, look } = answering();
    for (let round = 0; round < 5; round++) await look(() => unanswered(-60_000));
    assertEquals(found, []);
  });

  test("[T11] looks at the same time, or close together, count as one", async () => {
    const { found, look } = answering();
    await Promise.all(Array.from({ length: 20 }, () => look()));
    assertEquals(found, []);
    const apart = answering(60_000);
    for (let round = 0; round < 20; round++) await apart.look();
    assertEquals(apart.found, []);
  });

  test("[T11] other failures are no silence: they are told of, or tell of the connection's end", async () => {
    const { found, look } = answering();
    for (let round = 0; round < 5; round++) {
      assertEquals(await look(() => Promise.reject(new TransportClosedError("lost"))), "failed");
      assertEquals(await look(() => Promise.resolve()), "answered");
    }
    assertEquals(found, []);
  });
});
