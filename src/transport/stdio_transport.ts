import { checkAlone, checkOptions } from "../util/options.ts";
import { COMMAND_LINE, openStdio, STDIO_OPTIONS, type StdioOptions } from "./stdio.ts";
import type { TransportFactory } from "./transport.ts";

/**
 * Starts a server of one's own and reaches it over its standard streams: what a `Codex` without `transport` does by
 * itself. For what goes around a transport, such as a recording.
 *
 * What the returned function rejects with: {@linkcode CodexNotFoundError} or {@linkcode StartError}.
 *
 * @throws {TypeError} If there is no such option, it is of another type, or two do not go together.
 * @throws {RangeError} If a number among them is out of its range.
 * @example Record what is said to a server of one's own
 * ```ts no-eval
 * import { Codex, recordingTransport, stdioTransport } from "@codex-app-server/sdk";
 *
 * const open = stdioTransport();
 * const lines: string[] = [];
 * await using codex = new Codex({
 *   transport: async (context) => recordingTransport(await open(context), (line) => void lines.push(line)),
 * });
 * ```
 */
export function stdioTransport(options: Omit<StdioOptions, "signal"> = {}): TransportFactory {
  const { signal: _, ...checks } = STDIO_OPTIONS;
  checkOptions("stdioTransport", options, checks, { elsewhere: { signal: "signal of the client, or of the call" } });
  checkAlone("stdioTransport", options, ...COMMAND_LINE);
  const { onStderr } = options;
  return ({ signal, onStderr: listen }) => {
    const both = (text: string) => {
      listen?.(text);
      onStderr?.(text);
    };
    return openStdio({ ...options, signal, onStderr: both });
  };
}
