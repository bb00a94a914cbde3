import { GrowingText } from "../util/growing_text.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

type Delta = Extract<UIMessageChunk, { readonly delta: string }>;

/** Several pieces of one text, as one chunk that may grow further. */
export class GrowingDelta {
  readonly type: Delta["type"];
  readonly id: string;
  readonly text: GrowingText;

  constructor({ type, id, delta }: Delta) {
    this.type = type;
    this.id = id;
    this.text = new GrowingText(delta);
  }

  toChunk(): Delta {
    const { type, id, text } = this;
    return { type, id, delta: `${text}` };
  }
}

/** What a list of chunks is made of that still grows. */
export type Growing = UIMessageChunk | GrowingDelta;

/**
 * Adds a chunk to a list that nobody has read yet: what it replaces goes, and what continues a text joins it. Who
 * reads the list sees the same in the end as who has read every chunk.
 */
export function append(list: Growing[], chunk: UIMessageChunk): void {
  switch (chunk.type) {
    case "text-delta":
    case "reasoning-delta": {
      const at = list.findLastIndex((other) => other.type === chunk.type && other.id === chunk.id);
      const before = list[at];
      if (before === undefined || !isDelta(before)) break;
      const growing = list[at] = before instanceof GrowingDelta ? before : new GrowingDelta(before);
      return growing.text.append(chunk.delta);
    }
    case "tool-output-available": {
      const at = list.findLastIndex((other) => isOutputOf(other, chunk.toolCallId));
      // Behind an approval the tool goes on: what was shown before it stays before it.
      if (
        at >= 0 &&
        !list.slice(at).some((other) => other.type === "tool-approval-request")
      ) list.splice(at, 1);
      break;
    }
    default: {
      if (!("data" in chunk)) break;
      const at = list.findIndex((other) => other.type === chunk.type && "data" in other && other.id === chunk.id);
      if (at >= 0) {
        list[at] = chunk;
        return;
      }
    }
  }
  list.push(chunk);
}

/** A list with as little in it as shows the same. */
export function coalesced(chunks: readonly UIMessageChunk[]): UIMessageChunk[] {
  const list: Growing[] = [];
  for (const chunk of chunks) append(list, chunk);
  return list.map(asChunk);
}

/** A chunk as it is sent. */
export function asChunk(chunk: Growing): UIMessageChunk {
  return chunk instanceof GrowingDelta ? chunk.toChunk() : chunk;
}

function isDelta(chunk: Growing): chunk is Delta | GrowingDelta {
  return chunk.type === "text-delta" || chunk.type === "reasoning-delta";
}

function isOutputOf(chunk: Growing, toolCallId: string): boolean {
  return chunk.type === "tool-output-available" && chunk.preliminary === true &&
    chunk.toolCallId === toolCallId;
}

/** About how many bytes a chunk takes. */
export function sizeOf(chunk: Growing): number {
  if (chunk instanceof GrowingDelta) return chunk.text.length + 64;
  if ("delta" in chunk) return chunk.delta.length + 64;
  return JSON.stringify(chunk).length;
}
