/**
 * The README's quickstart, as it is written there, run over any transport.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { Codex, type CodexOptions, finalResponse } from "@codex-app-server/sdk";

/** What the quickstart prints when the model says {@linkcode ANSWER}. */
export const PRINTED: readonly unknown[][] = [["It counts "], ["to-dos."], ["completed", 2, "It counts to-dos."]];

/** The deltas of the recorded answer. */
export const ANSWER: readonly string[] = ["It counts ", "to-dos."];

/** The transcript that is kept beside this file. */
export const TRANSCRIPT: URL = new URL("./transcripts/readme.jsonl", import.meta.url);

/** Runs the README's first program with these options, and returns what it prints. */
export async function runReadme(options: CodexOptions): Promise<unknown[][]> {
  const text = readFileSync(new URL("./README.md", import.meta.resolve("@codex-app-server/sdk")), "utf8");
  const [, program] = /^```ts\n(import \{ Codex, finalResponse \}.*?)^```$/ms.exec(text) ?? [];
  if (program === undefined) throw new Error("README.md has no program that imports Codex and finalResponse");
  // Node 20 cannot parse `await using`: the same is written out below.
  const body = program.replace(/^import .*$/m, "").replace("await using codex", "const codex");
  const printed: unknown[][] = [];
  const started: Codex[] = [];
  const names = {
    Codex: {
      async start() {
        started.push(await Codex.start(options));
        return started[0];
      },
    },
    finalResponse,
    console: { log: (...values: unknown[]) => void printed.push(values) },
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
