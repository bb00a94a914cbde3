/** A larger part of a buffer is handed on with the buffer; of a smaller one, a copy. */
const LARGE_BYTES = 16 * 1024;
const BUFFER_BYTES = 64 * 1024;

/** The part of a reader that is needed here. */
export interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Reads into one buffer again and again, where the stream lets its reader bring one.
 *
 * By itself Deno takes 64 KiB for every read, however little comes: with 64 turns that run, 10 MB and more lie about
 * between two collections of garbage, and the system does not get them back.
 */
export function oneBufferReader(source: ReadableStream<Uint8Array>): ByteReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = source.getReader({ mode: "byob" });
  } catch {
    return source.getReader(); // its chunks are its own
  }
  let buffer = new ArrayBuffer(BUFFER_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done || value === undefined) return { done: true };
      if (value.length >= LARGE_BYTES) {
        buffer = new ArrayBuffer(BUFFER_BYTES);
        return { done: false, value };
      }
      buffer = value.buffer;
      return { done: false, value: value.slice() };
    },
    cancel: (reason) => reader.cancel(reason),
  };
}
