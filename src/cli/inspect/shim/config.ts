/** What a shim is told, in a file beside it. */
export interface ShimConfig {
  /** Where the inspector listens on 127.0.0.1. */
  readonly port: number;
  /** What lets it in there. */
  readonly token: string;
  /** The program whose place it takes. */
  readonly codex: string;
  /** Whether there is no such program: the inspector itself answers. */
  readonly replays: boolean;
}

/** Variables by which the script that starts the shim hands on what the shim itself must not see. */
export const HANDED_ON: Readonly<Record<string, string>> = {
  INSPECT_NODE_OPTIONS: "NODE_OPTIONS",
  INSPECT_OLDPWD: "OLDPWD",
};
