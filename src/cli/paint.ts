import type { CliIo } from "./io.ts";

/** Marks text for the eyes of people; each is the identity where there are none. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/**
 * Colours for a stream: on a terminal, unless `NO_COLOR` is set to something or the terminal is `dumb`. `FORCE_COLOR` asks
 * for them in a pipe as well.
 */
export function paint(
  { env, terminal }: Pick<CliIo, "env" | "terminal">,
  stream: "stdout" | "stderr" = "stdout",
): Paint {
  const { NO_COLOR: no = "", FORCE_COLOR: force = "", TERM } = env;
  const isForced = force !== "" && force !== "0" && force !== "false";
  const isOn = no === "" && (isForced || force === "" && terminal[stream] && TERM !== "dumb");
  const style = (on: number, off: number) => (text: string) => isOn ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}
