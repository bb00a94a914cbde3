/**
 * The part of `jsr:@std/streams` that this repository uses, over Web Streams, for machines that cannot reach JSR.
 * Same names, same signatures: remove `links` in deno.json and the real package takes its place.
 *
 * @module
 */

type TextStream = ReadableStream<string> | ReadableStream<Uint8Array>;

/** Cuts text into lines at `\n` and `\r\n`; the last line needs none. */
export class TextLineStream extends TransformStream<string, string> {
  constructor() {
    let rest = "";
    super({
      transform(chunk, controller) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line.endsWith("\r") ? line.slice(0, -1) : line);
      },
      flush(controller) {
        if (rest !== "") controller.enqueue(rest);
      },
    });
  }
}

/** Reads a stream of strings or bytes to its end, as text. */
export async function toText(stream: TextStream): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of values<string | Uint8Array>(stream)) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads a stream of bytes to its end. */
export async function toArrayBuffer(stream: ReadableStream<Uint8Array>): Promise<ArrayBuffer> {
  return await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer();
}

/** Reads a stream of strings or bytes to its end, as JSON. */
export async function toJson(stream: TextStream): Promise<unknown> {
  return JSON.parse(await toText(stream));
}

/** The stream as an async iterable, also where `ReadableStream` is not one itself. */
async function* values<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.releaseLock();
  }
}
