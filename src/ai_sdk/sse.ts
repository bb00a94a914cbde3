import { PLAIN_HEADERS } from "./refusal.ts";
import type { Reader } from "./reader.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** A sign of life so often: servers and proxies end what is silent for longer; `Bun.serve` does after ten seconds. */
const HEARTBEAT_MS = 5_000;

/**
 * A response in the AI SDK's stream protocol.
 *
 * @param first What comes before what the reader gives.
 * @param onEnd Told once when it is over; and whether the page went away.
 */
export function streamResponse(
  first: readonly UIMessageChunk[],
  reader: Reader | null,
  onEnd: (left: boolean) => void,
): Response {
  const encoder = new TextEncoder();
  let waiting: readonly UIMessageChunk[] | null = first;
  let over = false;
  const finish = (left: boolean) => {
    if (over) return;
    over = true;
    onEnd(left);
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const list = waiting !== null && waiting.length > 0 ? waiting : await reader?.read(HEARTBEAT_MS) ?? null;
      waiting = null;
      if (over) return; // the page is gone
      if (list === null) {
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
        controller.close();
        finish(false);
      } else {
        const text = list.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
          .join("");
        controller.enqueue(encoder.encode(text === "" ? ": alive\n\n" : text));
      }
    },
    cancel() {
      finish(true);
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers: STREAM_HEADERS });
}

const STREAM_HEADERS: { readonly [name: string]: string } = {
  ...PLAIN_HEADERS,
  "content-type": "text/event-stream; charset=utf-8",
  "x-vercel-ai-ui-message-stream": "v1",
  // Else nginx gathers it.
  "x-accel-buffering": "no",
};
