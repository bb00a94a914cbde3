/**
 * The least that ends in a `for await`: `cat FILE`, split on newline, `JSON.parse`, one queue, one reader. Nothing is
 * routed, checked or bounded. Arguments: the prepared server's folder, how many deltas.
 */
import process from "node:process";
import { expectCount, finish, stopwatch } from "./measure.ts";
import { lineChild } from "./pipe.ts";

interface Message {
  readonly method: string;
  readonly params: { readonly delta: string };
}

/** A queue that one reader empties. */
class Queue implements AsyncIterableIterator<Message> {
  #waiting: (Message | undefined)[] = [];
  #next = 0;
  #over = false;
  #reader: ((result: IteratorResult<Message>) => void) | undefined;

  push(value: Message): void {
    if (this.#reader === undefined) this.#waiting.push(value);
    else this.#answer({ done: false, value });
  }

  end(): void {
    this.#over = true;
    this.#answer({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Message>> {
    const value = this.#waiting[this.#next];
    if (value !== undefined) {
      this.#waiting[this.#next++] = undefined; // kept any longer, it would outlive its generation
      return Promise.resolve({ done: false, value });
    }
    this.#waiting = [];
    this.#next = 0;
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#reader = resolve);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #answer(result: IteratorResult<Message>): void {
    this.#reader?.(result);
    this.#reader = undefined;
  }
}

const [folder = "", expected = ""] = process.argv.slice(2);
let count = 0;
let characters = 0;
const queue = new Queue();
const stop = stopwatch();
const child = lineChild("cat", [`${folder}/turn_1.jsonl`], (line) => queue.push(JSON.parse(line)));
void child.ended.then(() => queue.end());
for await (const { method, params } of queue) {
  if (method !== "item/agentMessage/delta") continue;
  count++;
  characters += params.delta.length;
}
const taken = stop();
expectCount("deltas", count, Number(expected));
finish({ ...taken, characters });
