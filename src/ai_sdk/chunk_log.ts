import { append, asChunk, type Growing, GrowingDelta, sizeOf } from "./coalesce.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/**
 * The question that a chunk ends a response with: the page answers it in its next request. `null` if the chunk asks
 * nothing.
 */
export function questionOf(chunk: UIMessageChunk): string | null {
  if (chunk.type === "tool-approval-request") return chunk.approvalId;
  return chunk.type === "tool-input-available" &&
      chunk.providerExecuted !== true
    ? chunk.toolCallId
    : null;
}

/**
 * The chunks of one message, for those that come later: as few as show the same. Bounded: of a message that is longer,
 * the oldest parts go, and a `data-dropped` part says how many.
 */
export class ChunkLog {
  readonly #max: number;
  /** Each ends with a question, but for the last. */
  #segments: Growing[][] = [[]];
  /** Where the chunks behind a question begin. */
  readonly #behind = new Map<string, number>();
  #bytes = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#max = maxBytes;
  }

  push(chunk: UIMessageChunk): void {
    append(this.#segments.at(-1)!, chunk);
    const question = questionOf(chunk);
    if (question !== null) {
      this.#behind.set(question, this.#segments.push([]) - 1);
    }
    this.#bytes += sizeOf(chunk);
    if (this.#bytes > this.#max) this.#shrink();
  }

  /** Whether a page has seen this question here. */
  has(question: string): boolean {
    return this.#behind.has(question);
  }

  /** All chunks; or those behind the last of these questions. */
  read(questions?: Iterable<string>): UIMessageChunk[] {
    let from = 0;
    for (const question of questions ?? []) {
      from = Math.max(from, this.#behind.get(question) ?? 0);
    }
    return this.#segments.slice(from).flat().map(asChunk);
  }

  #shrink(): void {
    this.#segments = this.#segments.map((segment) => segment.map((chunk) => shortened(chunk, this.#max / 4)));
    const all = this.#segments.flat();
    const sizes = new Map<string, number>();
    const closed = new Set<string>();
    let bytes = 0;
    for (const chunk of all) {
      const size = sizeOf(chunk);
      bytes += size;
      const part = partOf(chunk);
      if (part === null) continue;
      sizes.set(part, (sizes.get(part) ?? 0) + size);
      if (ends(chunk)) closed.add(part);
    }
    const gone = new Set<string>();
    for (const [part, size] of sizes) {
      if (bytes <= this.#max / 2) break;
      if (!closed.has(part)) continue;
      gone.add(part);
      bytes -= size;
    }
    this.#segments = this.#segments.map((segment) => segment.filter((chunk) => !gone.has(partOf(chunk) ?? "")));
    this.#bytes = bytes;
    this.#dropped += gone.size;
    const told: UIMessageChunk = {
      type: "data-dropped",
      id: "dropped",
      data: { parts: this.#dropped },
    };
    const first = this.#segments[0]!;
    const at = first.findIndex(({ type }) => type === "data-dropped");
    if (at >= 0) first[at] = told;
    else if (this.#dropped > 0) {
      first.splice(Math.min(2, first.length), 0, told);
    }
  }
}

/** Of a text that alone is too long, the end is kept. */
function shortened(growing: Growing, max: number): Growing {
  if (growing instanceof GrowingDelta && growing.text.length <= max) return growing;
  const chunk = asChunk(growing);
  if (!("delta" in chunk) || chunk.delta.length <= max) return chunk;
  return { ...chunk, delta: `…${chunk.delta.slice(-max)}` };
}

function partOf(chunk: Growing): string | null {
  if ("toolCallId" in chunk) return `tool ${chunk.toolCallId}`;
  if (chunk.type === "file") {
    return `file ${chunk.url.length} ${chunk.url.slice(-64)}`;
  }
  if (chunk.type === "data-item") return `item ${chunk.id}`;
  return "id" in chunk && !("data" in chunk) ? `text ${chunk.id}` : null;
}

/** Whether nothing of its part comes behind it. */
function ends(chunk: Growing): boolean {
  switch (chunk.type) {
    case "text-end":
    case "reasoning-end":
    case "tool-output-error":
    case "tool-output-denied":
    case "data-item":
    case "file":
      return true;
    case "tool-output-available":
      return chunk.preliminary !== true;
    default:
      return false;
  }
}
