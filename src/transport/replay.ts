import { ProtocolError, TransportClosedError } from "../errors.ts";
import { deferred } from "../util/deferred.ts";
import { checkOptions, listOf, oneOf, type OptionChecks, text } from "../util/options.ts";
import { LineQueue } from "./line_queue.ts";
import { lenientScript } from "./replay_lenient.ts";
import type { ReplayScript } from "./replay_script.ts";
import { strictScript } from "./replay_strict.ts";
import { parseTranscript, type TranscriptEntry } from "./transcript.ts";
import type { Transport, TransportEnd } from "./transport.ts";

/** Options of {@linkcode replayTransport}. */
export interface ReplayOptions {
  /**
   * `strict`: what the client sends must be what the transcript has, in its order; ids may differ, and secrets are
   * compared redacted. `lenient`: each request is answered with the recorded answer to its method.
   *
   * @default {"strict"}
   */
  readonly mode?: "strict" | "lenient" | undefined;
  /**
   * For `strict`: the paths within a message that may differ, such as `params.cwd`.
   *
   * @default {["params.clientInfo.version"]}
   */
  readonly ignore?: readonly string[] | undefined;
}

const REPLAY_OPTIONS: OptionChecks<ReplayOptions> = {
  mode: oneOf("strict", "lenient"),
  ignore: listOf("a list of paths", text),
};

/** A transport that answers from a transcript. */
export interface ReplayTransport extends Transport {
  /** How many lines of the client, as recorded, have not been sent yet. 0 once all has been replayed. */
  readonly remaining: number;
}

/**
 * Plays a server from a transcript that `recordingTransport` wrote: no process, no network, no model.
 *
 * In `strict` mode a deviation ends the connection with a {@linkcode ProtocolError} that shows what differs. A transcript that ends with
 * an error replays that error; else the connection stays open until it is closed.
 *
 * @throws {ProtocolError} If the transcript is not one.
 * @example
 * ```ts
 * import { replayTransport } from "@codex-app-server/sdk/testing";
 *
 * const transport = replayTransport([
 *   '{"t":0,"dir":"out","line":"{\\"id\\":1,\\"method\\":\\"model/list\\",\\"params\\":{}}"}',
 *   '{"t":4,"dir":"in","line":"{\\"id\\":1,\\"result\\":{\\"data\\":[]}}"}',
 * ].join("\n"));
 * await transport.writable.getWriter().write('{"id":77,"method":"model/list","params":{}}');
 * const { value } = await transport.readable.getReader().read();
 * console.log(value); // {"id":77,"result":{"data":[]}}
 * await transport.close();
 * ```
 */
export function replayTransport(
  transcript: string | readonly TranscriptEntry[],
  options: ReplayOptions = {},
): ReplayTransport {
  checkOptions("replayTransport", options, REPLAY_OPTIONS);
  const entries = typeof transcript === "string" ? parseTranscript(transcript) : transcript;
  const script: ReplayScript = options.mode === "lenient"
    ? lenientScript(entries)
    : strictScript(entries, options.ignore ?? ["params.clientInfo.version"]);
  const closed = deferred<TransportEnd>();
  const queue = new LineQueue({ onCancel: () => end() });
  let controller!: WritableStreamDefaultController;

  const end = (error?: Error) => {
    queue.end(error);
    controller.error(error ?? new TransportClosedError("The replay is closed: nothing can be sent to it"));
    closed.resolve(error === undefined ? {} : { error });
  };
  const play = (step: () => Iterable<string>) => {
    try {
      for (const line of step()) queue.push(line);
    } catch (error) {
      end(error instanceof Error ? error : new ProtocolError(String(error)));
      return;
    }
    const over = script.over();
    if (over !== null) end(over.error === undefined ? undefined : new TransportClosedError(over.error));
  };
  const writable = new WritableStream<string>({
    start: (given) => {
      controller = given;
    },
    write: (line) => play(() => script.sent(line)),
    close: () => end(),
    abort: () => end(),
  });
  play(() => script.begin());
  return {
    readable: queue.readable,
    writable,
    closed: closed.promise,
    close: () => {
      end();
      return Promise.resolve();
    },
    get remaining() {
      return script.remaining();
    },
  };
}
