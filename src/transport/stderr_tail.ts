import { RingBuffer } from "../util/ring_buffer.ts";
import { DrainedStream } from "./drained_stream.ts";

/** Reads a child's stderr for as long as there is any, by the chunk, and keeps its last bytes. */
export class StderrTail {
  /** Resolves when all of it has been read. Never rejects. */
  readonly done: Promise<void>;
  readonly #ring: RingBuffer;

  constructor(
    source: ReadableStream<Uint8Array>,
    exited: Promise<unknown>,
    capacity: number,
    listener: (text: string) => void = () => {},
  ) {
    this.#ring = new RingBuffer(capacity);
    this.done = this.#read(new DrainedStream(source, exited).readable, listener);
  }

  text(): string {
    return this.#ring.text();
  }

  async #read(stream: ReadableStream<Uint8Array>, listener: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    const tell = (text: string) => {
      try {
        if (text !== "") listener(text);
      } catch {
        // Its fault must not stall the server, which blocks when nobody reads its stderr.
      }
    };
    const reader = stream.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      this.#ring.write(chunk.value);
      tell(decoder.decode(chunk.value, { stream: true }));
    }
    tell(decoder.decode());
  }
}
