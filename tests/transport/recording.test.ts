import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { StreamOverflowError } from "../../src/errors.ts";
import { memoryTransportPair } from "../../src/transport/memory.ts";
import { recordingTransport } from "../../src/transport/recording.ts";
import { parseTranscript } from "../../src/transport/transcript.ts";
import type { Transport } from "../../src/transport/transport.ts";

/** A transport whose incoming side is the given chunks. */
function chunked(chunks: readonly Uint8Array[]): Transport {
  return {
    readable: new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    }),
    writable: new WritableStream(),
    closed: Promise.resolve({}),
    close: () => Promise.resolve(),
  };
}

async function drain(readable: ReadableStream<Uint8Array | string>): Promise<(Uint8Array | string)[]> {
  const chunks: (Uint8Array | string)[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return chunks;
}

const at = (t: number) => ({ now: () => t });

describe("recordingTransport", () => {
  test("writes an entry for each line, both ways, and one for the end", async () => {
    const [client, server] = memoryTransportPair();
    let now = 5;
    let text = "";
    const recorded = recordingTransport(client, (line) => void (text += line), { now: () => now });
    const writer = recorded.writable.getWriter();
    await writer.write('{"id":1,"method":"model/list"}');
    now = 17;
    await server.writable.getWriter().write('{"id":1,"result":{}}');
    assertEquals((await recorded.readable.getReader().read()).value, '{"id":1,"result":{}}');
    await recorded.close();
    await recorded.closed;
    assertEquals(parseTranscript(text), [
      { t: 0, dir: "out", line: '{"id":1,"method":"model/list"}' },
      { t: 12, dir: "in", line: '{"id":1,"result":{}}' },
      { t: 12, dir: "end" },
    ]);
  });

  test("finds the lines in bytes that are cut anywhere, and passes the bytes on unchanged", async () => {
    const bytes = new TextEncoder().encode('{"a":"é\u2028"}\nbanner\nlast without newline');
    for (let cut = 0; cut <= bytes.length; cut++) {
      let text = "";
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      const recorded = recordingTransport(chunked(chunks), (line) => void (text += line), at(0));
      assertEquals(await drain(recorded.readable), chunks);
      await recorded.closed;
      assertEquals(
        parseTranscript(text).filter((entry) => entry.dir === "in").map((entry) => entry.line),
        ['{"a":"é\u2028"}', "banner", "last without newline"],
      );
    }
  });

  test("cuts long lines in the transcript alone", async () => {
    let text = "";
    const bytes = new TextEncoder().encode(`${"x".repeat(1_000)}\nshort\n`);
    const recorded = recordingTransport(chunked([bytes.subarray(0, 7), bytes.subarray(7)]), (l) => void (text += l), {
      maxLineChars: 10,
      ...at(0),
    });
    assertEquals(await drain(recorded.readable), [bytes.subarray(0, 7), bytes.subarray(7)]);
    await recorded.closed;
    assertEquals(parseTranscript(text), [
      { t: 0, dir: "in", line: "x".repeat(10), length: 1_000 },
      { t: 0, dir: "in", line: "short" },
      { t: 0, dir: "end" },
    ]);
  });

  test("[P12] a secret of any size ends no recording", async () => {
    const [client, server] = memoryTransportPair();
    const lines: string[] = [];
    const errors: unknown[] = [];
    const recorded = recordingTransport(client, (line) => void lines.push(line), { onError: (e) => errors.push(e) });
    const reader = recorded.readable.getReader();
    const writer = server.writable.getWriter();
    for (const token of ["x".repeat(8 << 20), '\\"'.repeat(4 << 20), "x".repeat(20 << 20), "small"]) {
      await writer.write(JSON.stringify({ method: "x", params: { token } }));
      await reader.read();
    }
    assertEquals([lines.length, errors], [4, []]);
    for (const line of lines) assert(line.length < 200 && line.includes("[redacted]"), line.slice(0, 200));
    await recorded.close();
    await server.close();
  });

  test("takes out secrets, its own and the caller's, and numbers UUIDs when asked", async () => {
    const [client] = memoryTransportPair();
    let text = "";
    const recorded = recordingTransport(client, (line) => void (text += line), {
      redact: (line) => line.replaceAll("Project X", "[project]"),
      normalizeIds: true,
      ...at(0),
    });
    const writer = recorded.writable.getWriter();
    const a = "0199a213-81c0-7800-8aa1-bbab2a035a53";
    const b = "0199a213-81c0-7800-8aa1-bbab2a035a54";
    await writer.write(`{"apiKey":"k","x":"Project X","a":"${a}","b":"${b}"}`);
    await writer.write(`{"a":"${a}"}`);
    await recorded.close();
    const [first, second] = parseTranscript(text);
    assertEquals(
      first!.line,
      '{"apiKey":"[redacted]","x":"[project]","a":"00000000-0000-7000-8000-000000000001","b":"00000000-0000-7000-8000-000000000002"}',
    );
    assertEquals(second!.line, '{"a":"00000000-0000-7000-8000-000000000001"}');
  });

  const failures: Record<string, () => ((line: string) => void | Promise<void>) | WritableStream<string>> = {
    "throws": () => () => {
      throw new Error("disk full");
    },
    "rejects": () => () => Promise.reject(new Error("disk full")),
    "rejects the very last entry": () => (line) =>
      line.includes('"end"') ? Promise.reject(new Error("disk full")) : Promise.resolve(),
    "is a stream that fails": () =>
      new WritableStream({
        write() {
          throw new Error("disk full");
        },
      }),
  };
  for (const [how, sink] of Object.entries(failures)) {
    test(`a sink that ${how} is reported once and disturbs nothing`, async () => {
      const [client, server] = memoryTransportPair();
      const errors: unknown[] = [];
      const recorded = recordingTransport(client, sink(), {
        onError: (error) => {
          errors.push(error);
          throw new Error("so does the reporter");
        },
      });
      const writer = recorded.writable.getWriter();
      for (let i = 0; i < 5; i++) await writer.write(String(i));
      await recorded.close();
      assertEquals(await drain(server.readable), ["0", "1", "2", "3", "4"]);
      await recorded.closed;
      assertEquals(errors.map((error) => (error as Error).message), ["disk full"]);
    });
  }

  test("a sink that never takes anything costs bounded memory and time", async () => {
    const [client, server] = memoryTransportPair();
    const errors: unknown[] = [];
    const stuck = new WritableStream<string>({ write: () => new Promise<void>(() => {}) });
    const recorded = recordingTransport(client, stuck, { maxPendingChars: 1_000, onError: (e) => errors.push(e) });
    const writer = recorded.writable.getWriter();
    for (let i = 0; i < 100; i++) await writer.write("x".repeat(100));
    await recorded.close();
    assertEquals((await drain(server.readable)).length, 100);
    assert(errors[0] instanceof StreamOverflowError);
    assertEquals(errors.length, 1);
  });

  test("`closed` waits for entries that are written in any order", async () => {
    const [client] = memoryTransportPair();
    const written: string[] = [];
    let turns = 50;
    const recorded = recordingTransport(client, async (line) => {
      for (let turn = turns -= 10; turn > 0; turn--) await Promise.resolve();
      written.push(line);
    });
    const writer = recorded.writable.getWriter();
    await Promise.all(["a", "b", "c"].map((line) => writer.write(line)));
    await recorded.close();
    assertEquals(written.length, 4);
  });

  test("a stream that is locked is refused at once; one that an earlier connection holds, reported", async () => {
    const stuck = new WritableStream<string>({ write: () => new Promise<void>(() => {}) });
    const errors: unknown[] = [];
    const factory = recordingTransport(() => memoryTransportPair()[0], stuck, { onError: (e) => errors.push(e) });
    const signal = new AbortController().signal;
    const first = await factory({ signal });
    const second = await factory({ signal });
    assert(errors[0] instanceof TypeError, String(errors[0]));
    assertEquals(errors.length, 1);
    await second.close();
    const [client] = memoryTransportPair();
    assertThrows(() => recordingTransport(client, stuck), TypeError, "locked");
    assertEquals(client.readable.locked, false);
    await first.close();
  });

  test("a stream sink gets everything before `closed`, and stays open for its owner", async () => {
    const [client] = memoryTransportPair();
    const lines: string[] = [];
    const sink = new WritableStream<string>({
      async write(line) {
        await Promise.resolve();
        lines.push(line);
      },
    });
    const recorded = recordingTransport(client, sink);
    const writer = recorded.writable.getWriter();
    await writer.write("a");
    await writer.write("b");
    await recorded.close();
    assertEquals(lines.length, 3);
    assert(!sink.locked);
    await sink.close();
  });

  test("keeps errors and the end as they are, and records why", async () => {
    const [client, server] = memoryTransportPair();
    let text = "";
    const recorded = recordingTransport(client, (line) => void (text += line), at(0));
    const crash = new Error("lost: Bearer abcdefgh");
    const writer = server.writable.getWriter();
    await writer.abort(crash);
    assertEquals(await assertRejects(() => drain(recorded.readable)), crash);
    assertEquals((await recorded.closed).error, crash);
    assertEquals(parseTranscript(text), [{ t: 0, dir: "end", error: "Error: lost: [redacted]" }]);
    writer.closed.catch(() => {});
  });

  test("wraps a factory: each connection is recorded, its abilities are kept", async () => {
    let text = "";
    let refs = "";
    const factory = recordingTransport(
      () => {
        const [client] = memoryTransportPair();
        return { ...client, shared: true, ref: () => void (refs += "+"), unref: () => void (refs += "-") };
      },
      (line) => void (text += line),
      at(0),
    );
    for (let i = 0; i < 2; i++) {
      const transport = await factory({ signal: new AbortController().signal });
      assertEquals(transport.shared, true);
      transport.ref?.();
      transport.unref?.();
      await transport.close();
    }
    assertEquals(refs, "+-+-");
    assertEquals(parseTranscript(text).map((entry) => entry.dir), ["end", "end"]);
    const [plain] = memoryTransportPair();
    assertEquals("unref" in recordingTransport(plain, () => {}), false);
  });
});
