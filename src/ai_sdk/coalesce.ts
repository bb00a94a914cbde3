import type { UIMessageChunk } from "./ui_message_chunk.ts";

/**
 * Adds a chunk to a list that nobody has read yet: what it replaces goes, and what continues a text joins it. Who
 * reads the list sees the same in the end as who has read every chunk.
 */
export function append(list: UIMessageChunk[], chunk: UIMessageChunk): void {
  switch (chunk.type) {
    case "text-delta":
    case "reasoning-delta": {
      const at = list.findLastIndex((other) => other.type === chunk.type && other.id === chunk.id);
      const before = list[at];
      if (before?.type === chunk.type) {
        list[at] = { ...before, delta: before.delta + chunk.delta };
        return;
      }
      break;
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
  const list: UIMessageChunk[] = [];
  for (const chunk of chunks) append(list, chunk);
  return list;
}

function isOutputOf(chunk: UIMessageChunk, toolCallId: string): boolean {
  return chunk.type === "tool-output-available" && chunk.preliminary === true &&
    chunk.toolCallId === toolCallId;
}

/** About how many bytes a chunk takes. */
export function sizeOf(chunk: UIMessageChunk): number {
  if ("delta" in chunk) return chunk.delta.length + 64;
  return JSON.stringify(chunk).length;
}
