import { readArgs } from "../read_args.ts";
import { UsageError } from "../usage_error.ts";

/** What the command line asks for. */
export interface InspectOptions {
  /** The client to start, with the shim in place of `codex`; `null` for none. */
  readonly client: readonly [string, ...string[]] | null;
  /** Say where the shim is, and wait for a client that somebody else starts. */
  readonly wait: boolean;
  /** The address of a server that listens; `null` for a server of one's own. */
  readonly attach: string | null;
  readonly tokenFile: string | null;
  /** Recordings to show. */
  readonly open: readonly string[];
  /** The recording that takes the server's part. */
  readonly replay: string | null;
  /** Where to write what is seen. */
  readonly save: string | null;
  readonly codex: string | null;
  readonly port: number;
  readonly maxEvents: number;
  readonly maxChars: number;
  readonly keep: boolean;
  readonly showSecrets: boolean;
}

export const HELP: string = `Usage: codex-app-server-sdk inspect [OPTIONS] [-- CLIENT [ARGUMENTS...]]

Shows what goes between a client and codex app-server on a page of this machine. The page's address is printed.

  inspect -- my-editor .             starts a client; the codex that it finds (CODEX_BIN, PATH) is inspected
  inspect --wait                     says what to name as codex in a client that is started otherwise
  inspect                            a server of its own, to make requests by hand
  inspect --attach ws://HOST:PORT    one more client of a server that listens: ws:, wss:, unix:///PATH, daemon
  inspect --open FILE                shows a recording; two of them can be compared
  inspect --replay FILE -- CLIENT    the recording takes the server's part

Options:
      --token-file FILE   the token of the server that --attach names
      --save FILE         write what is seen as a recording (the second connection into FILE.2, and so on)
      --codex PROGRAM     the codex to start; default: CODEX_BIN, then what an installed package or PATH has
      --keep              stay when the client has ended, until Ctrl-C
      --port N            of the page; default: a free one
      --max-events N      how many events are kept, the last ones; default 100000
      --max-mb N          how many million characters of them; default 128
      --show-secrets      do not take keys, tokens and names of home folders out of what is shown
  -h, --help              this text

The exit code is the client's; 2 if the command line was wrong.
`;

const OPTIONS = {
  wait: { type: "boolean" },
  attach: { type: "string" },
  "token-file": { type: "string" },
  open: { type: "string", multiple: true },
  replay: { type: "string" },
  save: { type: "string" },
  codex: { type: "string" },
  port: { type: "string" },
  "max-events": { type: "string" },
  "max-mb": { type: "string" },
  keep: { type: "boolean" },
  "show-secrets": { type: "boolean" },
} as const;

/** Reads the command line; `null` if it asks for help. @throws {UsageError} For what does not go, or does not go together. */
export function readOptions(args: readonly string[]): InspectOptions | null {
  const dashes = args.indexOf("--");
  const { values } = readArgs(dashes === -1 ? args : args.slice(0, dashes), OPTIONS);
  if (values["help"] === true) return null;
  const text = (name: string) => typeof values[name] === "string" ? values[name] : null;
  const [program, ...rest] = dashes === -1 ? [] : args.slice(dashes + 1);
  if (dashes !== -1 && (program === undefined || program === "")) {
    throw new UsageError("Behind -- stands the client to start, and there is none.");
  }
  const options: InspectOptions = {
    client: program === undefined ? null : [program, ...rest],
    wait: values["wait"] === true,
    attach: text("attach"),
    tokenFile: text("token-file"),
    open: (values["open"] ?? []) as string[],
    replay: text("replay"),
    save: text("save"),
    codex: text("codex"),
    port: integer("port", text("port") ?? "0", 0, 65_535),
    maxEvents: integer("max-events", text("max-events") ?? "100000", 1, 10_000_000),
    maxChars: 1_000_000 * integer("max-mb", text("max-mb") ?? "128", 1, 100_000),
    keep: values["keep"] === true,
    showSecrets: values["show-secrets"] === true,
  };
  checkTogether(options);
  return options;
}

function checkTogether({ client, wait, attach, tokenFile, replay, keep, codex }: InspectOptions): void {
  const never = (first: boolean, second: boolean, why: string) => {
    if (first && second) throw new UsageError(why);
  };
  never(wait, client !== null, "--wait is for a client that somebody else starts: leave out -- CLIENT, or --wait.");
  never(
    attach !== null,
    client !== null || wait,
    "--attach reaches a server that runs already: no client is started for it.",
  );
  never(attach !== null, codex !== null, "--attach reaches a server that runs already: --codex starts none.");
  never(tokenFile !== null, attach === null, "--token-file is for --attach.");
  never(replay !== null, client === null && !wait, "--replay needs a client to play to: -- CLIENT, or --wait.");
  never(keep, client === null, "--keep is about the client that stands behind --. Without one the page stays anyway.");
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}
