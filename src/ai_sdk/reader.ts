import { append, asChunk, type Growing, sizeOf } from "./coalesce.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** A page that reads, at its own pace. What it has not read yet is kept as short as what it shows allows. */
export class Reader {
  readonly #max: number;
  #waiting: Growing[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(maxBytes: number) {
    this.#max = maxBytes;
  }

  push(chunk: UIMessageChunk): void {
    if (this.#ended) return;
    append(this.#waiting, chunk);
    this.#bytes += sizeOf(chunk);
    if (this.#bytes > this.#max) {
      this.#bytes = this.#waiting.reduce((sum, each) => sum + sizeOf(each), 0);
      if (this.#bytes > this.#max) {
        this.#waiting = [{
          type: "error",
          errorText: "The page was too slow to follow. Load it again.",
        }];
        this.#ended = true;
      }
    }
    this.#wake?.();
  }

  /** Nothing more will come; what waits is still read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Takes all that waits. `null` if nothing will come any more; an empty list if nothing came in time. */
  async read(timeoutMs: number): Promise<UIMessageChunk[] | null> {
    if (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        const id = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(id);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    if (this.#waiting.length === 0) return this.#ended ? null : [];
    const list = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    return list.map(asChunk);
  }
}
