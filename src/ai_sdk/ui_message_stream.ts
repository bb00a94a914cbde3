import type { Notification, TurnHandle } from "../../mod.ts";
import { atLeast, callback, checkOptions, type OptionChecks } from "../util/options.ts";
import { coalesced } from "./coalesce.ts";
import { explainSafely } from "./explain.ts";
import { frames } from "./frames.ts";
import { OUTPUT_EVERY_MS, TurnChunks } from "./turn_chunks.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** How a turn is shown. */
export interface UIMessageStreamOptions {
  /**
   * Of the output of a command, and of the diff of a file, no more than so many characters are shown; of the diff of the
   * turn four times as many. Default 65,536.
   */
  readonly maxOutput?: number | undefined;
  /**
   * How long events are gathered before they are sent on, in milliseconds. Default 0: they are sent on at once, those that
   * came together in one piece. Whoever reads slowly gets fewer and longer pieces in any case. What a command has printed
   * is sent whole each time, and so never more often than every 30 ms.
   */
  readonly frameMs?: number | undefined;
  /**
   * What a page is told when the turn fails. It gets the protocol's `TurnError`, or what was thrown. Default: a sentence
   * that names nothing of the server.
   */
  readonly errorText?: ((error: unknown) => string) | undefined;
}

/** The checks of {@linkcode UIMessageStreamOptions}. */
export const STREAM_OPTIONS: OptionChecks<UIMessageStreamOptions> = {
  maxOutput: atLeast(100),
  frameMs: atLeast(0, 10_000),
  errorText: callback,
};

/**
 * A turn as the AI SDK's UI message stream: one message of the assistant, with every item of the turn as a part. Its id
 * is that of the turn.
 *
 * What the agent says is a `text` part, what it thinks a `reasoning` part; what it does is a `dynamic-tool` part with the
 * kind of the item as `toolName` (`commandExecution`, `fileChange`, `mcpToolCall` ...). The output of a command grows.
 * Plan, tokens, the diff of the turn and sub-agents are `data-*` parts, which are replaced when there is news: see
 * {@linkcode CodexDataParts}.
 *
 * Never fails: if the turn or the connection does, the stream says so in an `error` chunk and ends. To cancel it does not
 * interrupt the turn.
 *
 * @throws {TypeError} If there is no such option.
 * @example
 * ```ts
 * import type { Thread } from "@codex-app-server/sdk";
 * import { toUIMessageStream } from "@codex-app-server/sdk/ai-sdk";
 *
 * async function show(thread: Thread) {
 *   for await (const chunk of toUIMessageStream(await thread.turn("What is new?"))) console.log(chunk.type);
 * }
 * ```
 */
export function toUIMessageStream(
  turn: TurnHandle,
  options: UIMessageStreamOptions = {},
): ReadableStream<UIMessageChunk> {
  checkOptions("toUIMessageStream", options, STREAM_OPTIONS);
  const events = turn.stream({ agents: true });
  const lists = readTurn(events, newChunks(turn, options), options);
  return new ReadableStream<UIMessageChunk>({
    async pull(controller) {
      const { done, value } = await lists.next();
      if (done) controller.close();
      else for (const chunk of value) controller.enqueue(chunk);
    },
    async cancel() {
      await events.return?.();
    },
  }, { highWaterMark: 0 });
}

/** What makes the chunks of a turn. */
export function newChunks(
  turn: Pick<TurnHandle, "id" | "threadId">,
  { maxOutput = 65_536, errorText = explainSafely }: UIMessageStreamOptions,
): TurnChunks {
  return new TurnChunks(turn, { maxOutput, explain: errorText, outputEveryMs: OUTPUT_EVERY_MS });
}

/** The chunks of a turn, a few at a time; never an empty list. */
async function* readTurn(
  events: AsyncIterator<Notification>,
  chunks: TurnChunks,
  options: UIMessageStreamOptions,
): AsyncGenerator<UIMessageChunk[], void, void> {
  yield chunks.flush();
  try {
    for await (const gathered of frames(events, frameOf(options), () => chunks.dueInMs)) {
      for (const event of gathered) chunks.take(event);
      const list = chunks.flush();
      if (list.length > 0) yield coalesced(list);
    }
  } catch (error) {
    chunks.fail(error);
  }
  chunks.fail(new Error("The turn's events ended before the turn"));
  const rest = chunks.flush();
  if (rest.length > 0) yield rest;
}

/** How long events are gathered. */
export function frameOf({ frameMs = 0 }: UIMessageStreamOptions): number {
  return frameMs;
}
