import { TransportClosedError } from "../errors.ts";
import { deferred } from "../util/deferred.ts";
import { atLeast, checkOptions, type OptionChecks } from "../util/options.ts";
import { LineQueue } from "./line_queue.ts";
import type { Transport, TransportEnd } from "./transport.ts";

/** Options of {@linkcode memoryTransportPair}. */
export interface MemoryTransportOptions {
  /**
   * How many lines may wait in each direction before a write waits for the reader.
   *
   * @default {256}
   */
  readonly capacity?: number | undefined;
}

const MEMORY_OPTIONS: OptionChecks<MemoryTransportOptions> = { capacity: atLeast(1) };

/**
 * Two transports in one process: what is written to one is read from the other. For tests, and for servers that live in
 * the same program.
 *
 * Closing either end ends both; lines already written are still read. Aborting one's `writable` breaks the connection:
 * both `readable`s fail with that reason behind the lines that wait, and both `closed` carry it as `error`.
 *
 * @throws {RangeError} If `capacity` is below 1.
 * @example
 * ```ts
 * import { memoryTransportPair } from "@codex-app-server/sdk/testing";
 *
 * const [client, server] = memoryTransportPair();
 * const writer = client.writable.getWriter();
 * await writer.write('{"method":"initialized"}');
 * const { value } = await server.readable.getReader().read();
 * console.log(value); // {"method":"initialized"}
 * await client.close();
 * ```
 */
export function memoryTransportPair(options: MemoryTransportOptions = {}): [Transport, Transport] {
  checkOptions("memoryTransportPair", options, MEMORY_OPTIONS);
  const capacity = options.capacity ?? 256;
  const closed = deferred<TransportEnd>();
  const controllers: WritableStreamDefaultController[] = [];
  let ended = false;
  const end = (failed: boolean, error?: unknown) => {
    if (ended) return;
    ended = true;
    const reason = failed ? error ?? new TransportClosedError("The in-memory connection was aborted") : undefined;
    for (const queue of queues) queue.end(reason);
    const refusal = new TransportClosedError("The in-memory connection is closed: nothing can be written to it", {
      cause: reason,
    });
    for (const controller of controllers) controller.error(reason ?? refusal);
    closed.resolve(failed ? { error: reason } : {});
  };
  const queues = [0, 1].map(() => new LineQueue({ onCancel: () => end(false) }));
  const make = (incoming: LineQueue, outgoing: LineQueue): Transport => ({
    readable: incoming.readable,
    writable: new WritableStream<string>({
      start: (controller) => {
        controllers.push(controller);
      },
      write: async (line) => {
        outgoing.push(line);
        while (outgoing.lines >= capacity && !ended) await outgoing.room();
      },
      close: () => end(false),
      abort: (reason) => end(true, reason),
    }, { highWaterMark: 1 }),
    closed: closed.promise,
    close: () => {
      end(false);
      return Promise.resolve();
    },
  });
  return [make(queues[0]!, queues[1]!), make(queues[1]!, queues[0]!)];
}
