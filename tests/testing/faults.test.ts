import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import {
  type ByteFaults,
  chaos,
  type FaultRule,
  type Random,
  ScriptedAppServer,
  withSeed,
} from "@codex-app-server/sdk/testing";
import { RawClient } from "./raw_client.ts";

/** Sends the given messages as warnings, then closes; returns what arrived. */
async function arrive(sent: readonly string[], faults?: FaultRule, bytes: ByteFaults = {}): Promise<RawClient> {
  const server = new ScriptedAppServer({ bytes, ...(faults === undefined ? {} : { faults }) });
  const client = new RawClient(server.connect());
  for (const message of sent) server.notify("warning", { message });
  await server.close();
  await client.ended;
  return client;
}

function texts(client: RawClient): string[] {
  return client.seen.map(({ params }) => (params as { message: string }).message);
}

/** A rule for single messages, by their number. */
function at(faults: Readonly<Record<number, ReturnType<FaultRule>>>): FaultRule {
  return (_message, index) => faults[index];
}

const ABC = ["a", "b", "c", "d"];

describe("faults", () => {
  test("none: everything arrives in order", async () => {
    assertEquals(texts(await arrive(ABC)), ABC);
  });

  test("drop, duplicate, delay", async () => {
    assertEquals(texts(await arrive(ABC, at({ 1: "drop", 2: "duplicate", 3: { delayMs: 1 } }))), ["a", "c", "c", "d"]);
  });

  test("a message falls behind so many others, or to the end if there are fewer", async () => {
    assertEquals(texts(await arrive(ABC, at({ 0: { behind: 2 } }))), ["b", "c", "a", "d"]);
    assertEquals(texts(await arrive(ABC, at({ 2: { behind: 9 } }))), ["a", "b", "d", "c"]);
    assertEquals(texts(await arrive(ABC, at({ 3: { behind: 1 } }))), ABC);
  });

  test("the connection dies before a message, or at a byte", async () => {
    const early = await arrive(ABC, at({ 2: "die" }));
    assertEquals(texts(early), ["a", "b"]);
    assertEquals((await early.ended).exit, { code: null, signal: "SIGKILL" });
    const length = JSON.stringify({ method: "warning", params: { message: "a" }, emittedAtMs: Date.now() }).length + 1;
    assertEquals(texts(await arrive(ABC, undefined, { dieAtByte: 2 * length })), ["a", "b"]);
    const cut = await arrive(ABC, undefined, { dieAtByte: 2 * length + 5 });
    assertEquals([texts(cut), cut.skipped], [["a", "b"], ["broken-json"]]);
  });

  test("cut anywhere, nothing changes", async () => {
    const odd = ["ä\u2028", "😀", "\u0085"];
    assertEquals(texts(await arrive(odd, undefined, { chunkBytes: 1 })), odd);
    assertEquals(texts(await arrive(odd, undefined, { chunkBytes: 7 })), odd);
    await withSeed(async (random) => assertEquals(texts(await arrive(odd, undefined, { chunkBytes: random })), odd));
  });

  test("raw text passes unchecked and unfaulted", async () => {
    await using server = new ScriptedAppServer({ faults: () => "drop" });
    const client = new RawClient(server.connect());
    server.connection.sendRaw('banner\n{"method":"warn');
    server.connection.sendRaw('ing","params":{}}\n\n{broken\n');
    await server.close();
    await client.ended;
    assertEquals(client.seen, [{ method: "warning", params: {} }]);
    assertEquals(client.skipped, ["not-json", "blank", "broken-json"]);
  });
});

describe("chaos", () => {
  const NAMES = Array.from({ length: 200 }, (_, index) => String(index));
  const run = async (random: Random) =>
    texts(await arrive(NAMES, chaos({ drop: 0.1, duplicate: 0.1, reorder: 0.2 }, random), { chunkBytes: random }));

  test("the same seed does the same, another does not", async () => {
    const first = await withSeed(run, 7);
    assertEquals(await withSeed(run, 7), first);
    assertNotEquals(await withSeed(run, 8), first);
    assert(first.length > 100 && new Set(first).size < NAMES.length);
  });

  test("without a chance, nothing happens; with certainty, all is lost", async () => {
    assertEquals(texts(await arrive(ABC, chaos({}))), ABC);
    assertEquals(texts(await arrive(ABC, chaos({ drop: 1 }))), []);
  });
});

describe("withSeed", () => {
  test("a failure names the seed, and keeps its cause", async () => {
    const cause = new Error("too small");
    const error = await assertRejects(
      () =>
        withSeed(() => {
          throw cause;
        }, 42),
      Error,
    );
    assertStringIncludes(error.message, "too small");
    assertStringIncludes(error.message, "seed 42");
    assertEquals(error.cause, cause);
  });

  test("numbers are spread, and within their limits", async () => {
    await withSeed((random) => {
      const drawn = Array.from({ length: 2000 }, () => random.below(4));
      assertEquals([...new Set(drawn)].sort(), [0, 1, 2, 3]);
      assert(drawn.filter((each) => each === 0).length > 300);
    }, 1);
    const seeds = await Promise.all([withSeed((random) => random.seed), withSeed((random) => random.seed)]);
    assertNotEquals(seeds[0], seeds[1]);
  });
});
