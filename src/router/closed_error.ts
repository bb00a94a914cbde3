import { TransportClosedError } from "../errors.ts";
import { describeExitCode } from "../runtime/exit_code.ts";
import { redactSecrets } from "../transport/redact.ts";
import type { TransportEnd } from "../transport/transport.ts";
import type { ExitStatus } from "../util/exit_status.ts";

/** How much of the server's stderr stands in a message; all that was kept is on the error. */
const STDERR_IN_MESSAGE = 2000;

/** How a connection ended. */
export interface CloseInfo {
  /** `closed`: by `close()`. `lost`: the server exited, the connection broke, or the protocol was violated. */
  readonly reason: "closed" | "lost";
  /** How the server process ended, or `null` if there is none or it was not seen to end. */
  readonly exit: ExitStatus | null;
  /** The last bytes of the server's stderr, as text. */
  readonly stderrTail: string;
  /** What every later call fails with. */
  readonly error: TransportClosedError;
}

/** The error that every call on an ended connection fails with. */
export function closedError(end: TransportEnd, closing: boolean): TransportClosedError {
  const { error } = end;
  if (!closing && end.exit === undefined && error instanceof TransportClosedError) return error;
  const { exit } = end;
  const stderrTail = redactSecrets(end.stderrTail ?? "");
  const message = closing ? "This Codex was closed" : lostMessage(exit, error) + stderrPart(stderrTail);
  return new TransportClosedError(message, { exit, stderrTail, cause: error });
}

function lostMessage(exit: ExitStatus | undefined, error: unknown): string {
  const why = error instanceof Error ? `: ${error.message}` : "";
  if (exit !== undefined) return `The codex app-server ended with ${describeExit(exit)}${why}`;
  return `The connection to the codex app-server ended${why}`;
}

/** The end of what the server printed on stderr, as an appendix to a message; empty if it printed nothing. */
export function stderrPart(stderrTail: string): string {
  // What a server without symbols says of its own stack tells nobody anything.
  const tail = stderrTail.replace(/\n+Stack backtrace:\n(?: +\d+: <unknown>(?:\n|$))+/g, "\n").trim();
  if (tail === "") return "";
  return `. Its last words on stderr:\n${
    tail.length > STDERR_IN_MESSAGE ? `...${tail.slice(-STDERR_IN_MESSAGE)}` : tail
  }`;
}

/** An exit status in words. */
export function describeExit(exit: ExitStatus): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? "no exit code" : `exit code ${describeExitCode(exit.code)}`;
}
