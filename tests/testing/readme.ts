/**
 * The README's quickstart, as it is written there, run over any transport.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { Codex, type CodexOptions, finalResponse } from "@codex-app-server/sdk";

/** What the quickstart prints when the model says {@linkcode ANSWER}. */
export const PRINTED: readonly string[] = ["It counts ", "to-dos.", "\ncompleted: 2 items, 17 characters\n"];

/** The deltas of the recorded answer. */
export const ANSWER: readonly string[] = ["It counts ", "to-dos."];

/** The transcript that is kept beside this file. */
export const TRANSCRIPT: URL = new URL("./transcripts/readme.jsonl", import.meta.url);

/** The README's first program, as it is written there. */
export function readmeProgram(): string {
  const text = readFileSync(new URL("./README.md", import.meta.resolve("@codex-app-server/sdk")), "utf8");
  const [, program] = /^```ts\n(.*?)^```$/ms.exec(text) ?? [];
  if (program === undefined) throw new Error("README.md has no program");
  return program;
}

/** Runs the README's first program with these options more, and returns what it prints, piece by piece. */
export async function runReadme(options: CodexOptions): Promise<string[]> {
  // Node 20 cannot parse `await using`: the same is written out below.
  const body = readmeProgram().replace(/^import .*$/gm, "").replace("await using codex", "const codex");
  const printed: string[] = [];
  const started: Codex[] = [];
  const names = {
    Codex: {
      async start(given: CodexOptions) {
        started.push(await Codex.start({ ...given, ...options }));
        return started[0];
      },
    },
    finalResponse,
    process: { stdout: { write: (text: string) => void printed.push(text) } },
    // What it is warned of is of the machine, and for the eyes alone.
    console: { log: (text: string) => void printed.push(`${text}\n`), warn: () => {} },
  };
  try {
    await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
  } finally {
    for (const codex of started) await codex.close();
  }
  return printed;
}

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<void>;
