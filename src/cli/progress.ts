import { visible } from "../util/visible.ts";
import type { CliIo } from "./io.ts";

/** Says what goes on, on stderr: one line that changes on a terminal, and in a pipe nothing, or the lines that matter. */
export interface Progress {
  /** What goes on now; on a terminal alone. */
  show(text: string): void;
  /** What is worth a line of its own wherever it goes: a download. */
  say(text: string): Promise<void>;
  /** Takes the line away. */
  clear(): Promise<void>;
}

/** Progress for a command. */
export function progress(io: CliIo): Progress {
  const live = io.terminal.stderr && io.env["TERM"] !== "dumb";
  const erase = "\r\x1b[2K";
  let shown = false;
  const clear = async () => {
    if (shown) await io.writeError(erase);
    shown = false;
  };
  return {
    show(text) {
      if (!live) return;
      shown = true;
      void io.writeError(`${erase}${visible(text).slice(0, Math.max(10, io.columns - 1))}`);
    },
    async say(text) {
      await clear();
      await io.writeError(`${visible(text)}\n`);
    },
    clear,
  };
}
