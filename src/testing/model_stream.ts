import type { Pause } from "./gate.ts";
import { message } from "./model_reply.ts";
import type { IdSource, ModelEvent, ModelUsage, ReplyStep } from "./reply_step.ts";

/** The events after which a stream of the Responses API has nothing more to say. */
const TERMINAL = new Set(["response.completed", "response.failed", "response.incomplete"]);

/** After how many events the event loop gets its turn. */
const YIELD_EVERY = 100;

/** Turns a scripted reply into the HTTP response that plays it. */
export function openReply(steps: readonly ReplyStep[], id: IdSource): Response {
  const [first] = steps;
  if (typeof first === "object" && "httpStatus" in first) {
    return new Response(first.body, { status: first.httpStatus });
  }
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const played = play(steps, id);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      // A long reply must not keep the rest of the program from its turn: clients of a server are cut off for that.
      if (++sent % YIELD_EVERY === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      for (;;) {
        const { done, value } = played.next();
        if (done) return controller.close();
        if (!isPause(value)) {
          return controller.enqueue(encoder.encode(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`));
        }
        await value.wait(gone.signal);
      }
    },
    cancel: (reason) => gone.abort(reason),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}

/** The events of a reply from `response.created` to its end, which is added if the steps have none. */
function* play(steps: readonly ReplyStep[], id: IdSource): Generator<ModelEvent | Pause, void> {
  const responseId = id("resp");
  let counts: ModelUsage = {};
  yield { type: "response.created", response: { id: responseId } };
  for (const step of steps) {
    if (typeof step === "string") yield* message(step).play(id);
    else if ("wait" in step) yield step;
    else if ("usage" in step) counts = step.usage;
    else if ("httpStatus" in step) throw new TypeError("httpError() must be the only step of its reply");
    else if ("hangUp" in step) throw new Error("The script hangs up here");
    else {
      for (const each of step.play(id)) {
        yield each;
        if (!isPause(each) && TERMINAL.has(each.type)) return;
      }
    }
  }
  yield { type: "response.completed", response: { id: responseId, usage: wireUsage(counts) } };
}

function isPause(value: ModelEvent | Pause): value is Pause {
  return "wait" in value && typeof value.wait === "function";
}

function wireUsage(counts: ModelUsage): Readonly<Record<string, unknown>> {
  const { inputTokens = 0, cachedInputTokens = 0, outputTokens = 0, reasoningOutputTokens = 0 } = counts;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedInputTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningOutputTokens },
    total_tokens: counts.totalTokens ?? inputTokens + outputTokens,
  };
}
