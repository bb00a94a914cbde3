import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { checkOptions } from "../util/options.ts";
import { Recorder, RECORDING_OPTIONS, type RecordingOptions, type TranscriptSink } from "./recorder.ts";
import type { Transport, TransportEnd, TransportFactory } from "./transport.ts";

/** How long `closed` waits for a reader that still reads and a sink that still writes. */
const FLUSH_MS = 1_000;

/** How long `close()` lets the reader take what has already arrived. */
const READ_REST_MS = 100;

/**
 * Records what passes through a transport, as JSON lines: `{"t":12,"dir":"out","line":"..."}` (see
 * {@linkcode TranscriptEntry}). Secrets and the names of home folders are taken out; the connection itself is not touched, and a
 * sink that fails or is slow does not disturb it. A stream given as sink is left open at the end: it is its owner's.
 *
 * A factory may be given instead of a transport; then each connection that it opens is recorded.
 *
 * @throws {TypeError} If the sink is a stream that is locked, or an option is not one or of another type.
 * @example
 * ```ts
 * import { memoryTransportPair } from "@codex-app-server/sdk/testing";
 * import { recordingTransport } from "@codex-app-server/sdk";
 *
 * const [client, server] = memoryTransportPair();
 * const transcript: string[] = [];
 * const recorded = recordingTransport(client, (line) => void transcript.push(line));
 * await recorded.writable.getWriter().write('{"method":"initialized"}');
 * await recorded.close();
 * await recorded.closed;
 * console.log(transcript[0]); // {"t":0,"dir":"out","line":"{\"method\":\"initialized\"}"}
 * await server.close();
 * ```
 */
export function recordingTransport(transport: Transport, sink: TranscriptSink, options?: RecordingOptions): Transport;
/** Records every connection that a factory opens. */
export function recordingTransport(
  transport: TransportFactory,
  sink: TranscriptSink,
  options?: RecordingOptions,
): TransportFactory;
export function recordingTransport(
  transport: Transport | TransportFactory,
  sink: TranscriptSink,
  options: RecordingOptions = {},
): Transport | TransportFactory {
  checkOptions("recordingTransport", options, RECORDING_OPTIONS);
  if (typeof sink !== "function" && sink.locked) {
    throw new TypeError("recordingTransport: the stream is locked. Release its writer first, or pass a function");
  }
  if (typeof transport !== "function") return record(transport, new Recorder(sink, options));
  return async (open) => record(await transport(open), new Recorder(sink, options));
}

function record(inner: Transport, recorder: Recorder): Transport {
  const read = deferred<void>();
  const recorded = Promise.all([inner.closed, read.promise]).then(([end]) => recorder.end(end.error));
  const closed = inner.closed.then(async (end): Promise<TransportEnd> => {
    await atMost(FLUSH_MS, recorded);
    return end;
  });
  return {
    readable: tapReadable(inner.readable, recorder, read.resolve),
    writable: tapWritable(inner.writable, recorder),
    closed,
    close: async () => {
      await inner.close();
      await atMost(READ_REST_MS, read.promise);
      read.resolve();
      await closed;
    },
    ...(inner.shared === undefined ? {} : { shared: inner.shared }),
    ...(inner.pid === undefined ? {} : { pid: inner.pid }),
    ...(inner.program === undefined ? {} : { program: inner.program }),
    ...(inner.local === undefined ? {} : { local: inner.local }),
    ...(inner.ref === undefined ? {} : { ref: () => inner.ref?.() }),
    ...(inner.unref === undefined ? {} : { unref: () => inner.unref?.() }),
  };
}

function tapReadable(inner: ReadableStream<Uint8Array | string>, recorder: Recorder, onEnd: () => void) {
  const reader = inner.getReader();
  const lines = new LineTap(recorder);
  const end = () => {
    lines.flush();
    onEnd();
  };
  return new ReadableStream<Uint8Array | string>({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((error) => {
        end();
        throw error;
      });
      if (done) {
        end();
        controller.close();
        return;
      }
      if (typeof value === "string") recorder.line("in", value);
      else lines.write(value);
      controller.enqueue(value);
    },
    cancel: (reason) => {
      end();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

function tapWritable(inner: WritableStream<string>, recorder: Recorder): WritableStream<string> {
  const writer = inner.getWriter();
  return new WritableStream<string>({
    write: async (line) => {
      recorder.line("out", line);
      await writer.write(line);
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}

/** Finds the lines in chunks of bytes, for the transcript only: the bytes themselves pass by unchanged. */
class LineTap {
  readonly #recorder: Recorder;
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];
  #kept = 0;
  #length = 0;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  write(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }));
  }

  flush(): void {
    this.#add(this.#decoder.decode());
    if (this.#length > 0) this.#line();
  }

  #add(text: string): void {
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      this.#keep(text.slice(from, to));
      this.#line();
      from = to + 1;
    }
    this.#keep(text.slice(from));
  }

  #keep(part: string): void {
    if (part === "") return;
    this.#length += part.length;
    const room = this.#recorder.maxLineChars - this.#kept;
    if (room <= 0) return;
    this.#parts.push(part.length > room ? part.slice(0, room) : part);
    this.#kept += part.length;
  }

  #line(): void {
    this.#recorder.line("in", this.#parts.join(""), this.#length);
    this.#parts = [];
    this.#kept = 0;
    this.#length = 0;
  }
}

/** Waits for a promise that never rejects, but no longer than so many milliseconds. */
function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = startTimer(milliseconds, resolve);
    void promise.then(() => {
      cancel();
      resolve();
    });
  });
}
