import { compareVersions } from "../../src/util/versions.ts";
import type { ByName, History } from "./history.ts";

/**
 * The history as it is kept: what came with each version, to be read by people.
 *
 * ```text
 * 0.151.0
 *   requests: turn/settings/update
 *   params of turn/start: toolOutput, turnTrigger
 *   always in Thread: sessionId
 * ```
 */
export function printHistory({ versions, requests, params, answers }: History): string {
  const namesOf = (table: ByName, version: string) =>
    Object.keys(table).filter((name) => table[name] === version).sort();
  const linesOf = (what: string, tables: Readonly<Record<string, ByName>>, version: string) =>
    Object.keys(tables).sort().map((name) => [`${what} ${name}`, namesOf(tables[name]!, version)] as const);
  const blocks = versions.map((version) => {
    const lines = [
      ["requests", namesOf(requests, version)] as const,
      ...linesOf("params of", params, version),
      ...linesOf("always in", answers, version),
    ];
    return [version, ...lines.flatMap(([head, names]) => names.length === 0 ? [] : [`  ${head}: ${names.join(", ")}`])];
  });
  return blocks.flat().map((line) => `${line}\n`).join("");
}

/** Reads what {@linkcode printHistory} writes. */
export function parseHistory(text: string): History {
  const requests: Record<string, string> = {};
  const params: Record<string, Record<string, string>> = {};
  const answers: Record<string, Record<string, string>> = {};
  const versions: string[] = [];
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    if (/^\d/.test(line)) {
      versions.push(line.trim());
      continue;
    }
    const [, kind, name = "", names = ""] = /^ {2}(requests|params of|always in)(?: (\S+))?: (.+)$/.exec(line) ?? [];
    const version = versions.at(-1);
    const named = kind === "requests" ? name === "" : name !== "";
    if (kind === undefined || version === undefined || !named) {
      throw new Error(`The history has a line that is none: ${line}`);
    }
    const table = kind === "requests" ? requests : (kind === "params of" ? params : answers)[name] ??= {};
    for (const each of names.split(", ")) table[each] = version;
  }
  return {
    versions: versions.sort(compareVersions),
    requests: sorted(requests),
    params: sortedAll(params),
    answers: sortedAll(answers),
  };
}

function sortedAll(tables: Readonly<Record<string, ByName>>): Record<string, ByName> {
  return Object.fromEntries(Object.entries(sorted(tables)).map(([name, table]) => [name, sorted(table)]));
}

function sorted<T>(table: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => a < b ? -1 : 1));
}

/** The text of `history_data.ts`. */
export function emitHistory(history: History): string {
  return `/** What came with which version of codex. Written by \`deno task gen:history\`. */
export const HISTORY: string = \`
${printHistory(history)}\`;
`;
}
