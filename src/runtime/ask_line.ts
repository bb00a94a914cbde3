import process from "node:process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { createInterface } from "node:readline/promises";

/** How much fits on the terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a runtime has read ahead of us comes within this time, in milliseconds. */
const READ_AHEAD_MS = 50;

/**
 * Asks one line of the person at the terminal, on stderr so that a program's output stays clean. What was typed before
 * the question is shown is thrown away. Ctrl-C answers `cancel`: while a question is open, it reaches nobody else.
 *
 * `null` if there is no terminal or the line was ended without an answer (end of file).
 *
 * @param question Its text, or how to make one that fits the terminal.
 * @throws The signal's reason, if it aborts; the question is withdrawn then.
 */
export async function askLine(
  question: string | ((size: TerminalSize) => string),
  signal: AbortSignal,
): Promise<string | null> {
  signal.throwIfAborted();
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return null;
  await dropTyped();
  signal.throwIfAborted();
  const columns = stderr.columns || 80; // 0 of a terminal whose size nobody has set
  const rows = stderr.rows || 24;
  const text = typeof question === "string" ? question : question({ columns, rows });
  // What is typed is drawn anew with its prompt at every key: only the last line is a prompt.
  const promptAt = text.lastIndexOf("\n") + 1;
  stderr.write(text.slice(0, promptAt));
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const closed = new Promise<string | null>((resolve) => {
      terminal.once("close", () => resolve(null));
      terminal.once("SIGINT", () => {
        stderr.write("^C\n");
        resolve("cancel");
      });
    });
    return await Promise.race([terminal.question(text.slice(promptAt), { signal }), closed]);
  } catch (error) {
    if (!signal.aborted) throw error;
    stderr.write("\n(no longer asked)\n");
    throw signal.reason;
  } finally {
    terminal.close();
  }
}

/** Throws away what has been typed, whole lines and the beginning of one. */
async function dropTyped(): Promise<void> {
  const { stdin } = process;
  const drop = () => {};
  // A terminal hands out lines, unless it is told not to.
  stdin.setRawMode(true);
  stdin.on("data", drop);
  stdin.resume();
  try {
    dropUnread();
    await new Promise((resolve) => setTimeout(resolve, READ_AHEAD_MS));
    dropUnread();
  } finally {
    stdin.pause();
    stdin.off("data", drop);
    stdin.setRawMode(false);
  }
}

/** Of what nobody has read yet, all is taken at once, where the system and Deno's permissions let the terminal be opened. */
function dropUnread(): void {
  let terminal: number;
  try {
    terminal = openSync("/dev/tty", constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return;
  }
  try {
    const buffer = new Uint8Array(4096);
    while (readSync(terminal, buffer) > 0);
  } catch {
    // There is no more.
  } finally {
    closeSync(terminal);
  }
}
