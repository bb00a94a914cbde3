import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findTestFiles } from "./find_files.ts";
import { ROOT } from "./project.ts";

/** How many promises each chapter makes; they are numbered from 1. */
const CHAPTERS: Readonly<Record<string, number>> = {
  S: 8, // the surface
  L: 14, // start and stop
  F: 9, // framing and messages
  Q: 8, // requests
  T: 19, // turns
  A: 11, // requests of the server
  R: 5, // release
  P: 17, // policies and questions
  U: 6, // sub-agents
  W: 14, // turns and inputs in the real world
  V: 12, // versions, accounts, neighbours
  H: 6, // house and gate
  M: 10, // ./state
  I: 8, // ./ai-sdk and the web app
  X: 6, // ./codex-sdk
  D: 6, // ./durable and the fleet
  C: 5, // the command line
  O: 5, // ./otel
};

/** Every promise's number, `S1` to `R5`. */
export const PROMISES: readonly string[] = Object.entries(CHAPTERS).flatMap(([chapter, count]) =>
  Array.from({ length: count }, (_, index) => `${chapter}${index + 1}`)
);

/** The promises that neither one of these texts (names of tests, or their sources) nor tests/not_applicable.md bears. */
export function missingNumbers(texts: Iterable<string> = testSources()): string[] {
  const borne = new Set<string>();
  for (const text of texts) {
    // A name may carry several: `[T1] [T5] ...`, `[T1, T5]`, `[F1-F3]`.
    for (const [, list = ""] of text.matchAll(/\[([A-Z]\d+(?:[,\s-]+[A-Z]\d+)*)\]/g)) {
      for (const part of list.split(/,\s*|\s+/)) for (const number of expand(part)) borne.add(number);
    }
  }
  const excuses = join(ROOT, "tests/not_applicable.md");
  if (existsSync(excuses)) {
    for (const [, number = ""] of readFileSync(excuses, "utf8").matchAll(/^- ([A-Z]\d+): \S/gm)) borne.add(number);
  }
  return PROMISES.filter((number) => !borne.has(number));
}

function testSources(): string[] {
  return findTestFiles(["tests", "examples"]).map((file) => readFileSync(join(ROOT, file), "utf8"));
}

function expand(part: string): string[] {
  const range = /^([A-Z])(\d+)-[A-Z](\d+)$/.exec(part);
  if (range === null) return [part];
  const [, chapter, from, to] = range;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `${chapter}${Number(from) + index}`);
}
