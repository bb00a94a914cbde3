import type { Diagnostic } from "@codex-app-server/sdk";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { ProtocolError } from "../../src/errors.ts";
import type { Incoming } from "../../src/message/message.ts";
import { resolveLimits } from "../../src/router/limits.ts";
import { Peer } from "../../src/router/peer.ts";
import type { TransportEnd } from "../../src/transport/transport.ts";
import { deferred } from "../../src/util/deferred.ts";

const encoder = new TextEncoder();

/** A peer on a transport of bytes, with all that it told. */
function peerOn(
  readable: ReadableStream<Uint8Array>,
  write = (_line: string) => Promise.resolve(),
  onClose = () => {},
) {
  const closed = deferred<TransportEnd>();
  const messages: Incoming[] = [];
  const diagnostics: Diagnostic[] = [];
  const closes: true[] = [];
  const transport = {
    readable,
    writable: new WritableStream<string>({ write }),
    closed: closed.promise,
    close: () => {
      if (closes.push(true) === 1) onClose();
      closed.resolve({});
      return Promise.resolve();
    },
  };
  const peer = new Peer(transport, {
    maxLineBytes: 1_000,
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    onMessage: (message) => messages.push(message),
  });
  const params = () => messages.map((each) => each.kind === "notification" ? each.notification.params : each.kind);
  return { peer, messages, diagnostics, closes, params };
}

function bytes(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

describe("a connection of bytes", () => {
  test("[F1] [F5] is read to its last line, which may lack its newline, whatever characters are in one", async () => {
    const text = "a\u2028b\u2029c\u0085d";
    const line = `{"method":"m","params":"${text}"}`;
    const { peer, params, diagnostics } = peerOn(bytes(`${line}\r\n`, line));
    await peer.ended;
    assertEquals([params(), diagnostics], [[text, text], []]);
  });

  test("[F2] what is not UTF-8 is a diagnostic, and the connection goes on", async () => {
    const broken = Uint8Array.of(...encoder.encode('{"method":"m","params":"'), 0xff, ...encoder.encode('"}\n'));
    const { peer, params, diagnostics } = peerOn(bytes(broken, '{"method":"m","params":2}\n'));
    const end = await peer.ended;
    assertEquals([params(), diagnostics, end], [["\uFFFD", 2], [{ type: "invalid-utf8" }], {}]);
  });

  test("[F4] a line without an end is read no further than the limit", async () => {
    let [pulled, cancelled] = [0, false];
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(100).fill(0x61));
      },
      cancel: () => void (cancelled = true),
    }, { highWaterMark: 0 });
    const { peer, closes } = peerOn(endless);
    const { error } = await peer.ended;
    assert(error instanceof ProtocolError && error.message.includes("limits.maxLineBytes"), String(error));
    assertEquals([pulled, cancelled, closes.length > 0], [11, true, true]);
    assertEquals(resolveLimits().maxLineBytes, 256 * 2 ** 20);
  });

  test("[F9] a write error rejects its caller, and closes the connection", async () => {
    const broken = new Error("EPIPE");
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const write = (line: string) => line.includes("bad") ? Promise.reject(broken) : Promise.resolve();
    const { peer, closes } = peerOn(readable, write, () => void writable.close());
    await peer.send({ method: "good" });
    assertEquals(closes, []);
    assertStrictEquals(await peer.send({ method: "bad" }).catch((error) => error), broken);
    assert(closes.length > 0);
    assertStrictEquals((await peer.ended).error, broken);
    await assertRejects(() => peer.send({ method: "later" }), Error);
  });
});
