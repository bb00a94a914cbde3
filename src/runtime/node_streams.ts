/**
 * Node's streams as Web Streams, for the adapters whose pipes are Node's.
 *
 * `Readable.toWeb` and `Writable.toWeb` are not used: they turn the end of a killed child into an `AbortError` that
 * nobody can catch, and differ between the runtimes.
 *
 * @module
 */
import type { Readable, Writable } from "node:stream";
import { unlessGone } from "./unless_gone.ts";

/** Reads `pipe` as fast as the consumer asks. A pipe that breaks because its process died has simply ended. */
export function readableOf(pipe: Readable): ReadableStream<Uint8Array> {
  let open = true;
  return new ReadableStream({
    start(controller) {
      const finish = () => {
        if (open) controller.close();
        open = false;
      };
      pipe.on("data", (chunk: Uint8Array) => {
        if (!open) return;
        controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        if (controller.desiredSize! <= 0) pipe.pause();
      });
      pipe.on("end", finish);
      pipe.on("close", finish);
      pipe.on("error", finish);
    },
    pull() {
      pipe.resume();
    },
    cancel() {
      open = false;
      pipe.destroy();
    },
  });
}

/** Writes one chunk at a time, each done when the kernel has taken it; that is the back-pressure. */
export function writableOf(pipe: Writable): WritableStream<Uint8Array> {
  return new WritableStream({
    start(controller) {
      pipe.on("error", (error) => controller.error(error));
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        pipe.write(chunk, (error) => error == null ? resolve() : reject(error));
      });
    },
    close() {
      return new Promise((resolve) => {
        pipe.once("close", () => resolve());
        pipe.end(() => resolve());
      });
    },
    abort() {
      pipe.destroy();
    },
  });
}

/** What holds the event loop, and can be told not to. */
export interface Refable {
  ref?(): unknown;
  unref?(): unknown;
}

/** One switch over several holders. Bun counts the calls of `ref` and `unref`, so each is made once a change. */
export function refSwitch(holders: readonly Refable[]): { ref(): void; unref(): void } {
  let held = true;
  const set = (value: boolean) => {
    if (held === value) return;
    held = value;
    for (const holder of holders) unlessGone(() => value ? holder.ref?.() : holder.unref?.());
  };
  return { ref: () => set(true), unref: () => set(false) };
}
