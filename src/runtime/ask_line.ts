import process from "node:process";
import { createInterface } from "node:readline/promises";

/**
 * Asks one line of the person at the terminal, on stderr so that a program's output stays clean. `null` if there is no
 * terminal or the line was ended without an answer (end of file).
 *
 * @throws The signal's reason, if it aborts; the question is withdrawn then.
 */
export async function askLine(question: string, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const closed = new Promise<null>((resolve) => terminal.once("close", () => resolve(null)));
    return await Promise.race([terminal.question(question, { signal }), closed]);
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write("\n(no longer asked)\n");
    throw signal.reason;
  } finally {
    terminal.close();
  }
}
