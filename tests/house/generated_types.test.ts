import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/project.ts";

/** A change to a definition that lets its type and its schema drift apart: file, name, what is replaced by what. */
type Mutation = readonly [file: string, name: string, from: string, to: string];

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "the schema lacks a required field": ["item.ts", "ItemStartedNotification", "  turnId: string,\n", ""],
  "the schema lacks an optional field": ["turn.ts", "TurnStartParams", "  model: maybe(string),\n", ""],
  "the schema has one field more": [
    "item.ts",
    "ItemCompletedNotification",
    "  turnId: string,\n",
    "  turnId: string,\n  mood: string,\n",
  ],
  "the schema has another type": ["item.ts", "PlanDeltaNotification", "delta: string,", "delta: number,"],
  "the schema lost null": ["turn.ts", "TurnError", "additionalDetails: maybe(", "additionalDetails: optional("],
  "the schema gained null": ["turn.ts", "TurnInterruptParams", "turnId: string,", "turnId: nullable(string),"],
  "the schema demands what is optional": [
    "turn.ts",
    "TurnSteerParams",
    "clientUserMessageId: maybe(",
    "clientUserMessageId: nullable(",
  ],
  "the schema lets out what is required": [
    "turn.ts",
    "TurnDiffUpdatedNotification",
    "diff: string,",
    "diff: optional(string),",
  ],
  "the schema lacks an enum value": ["turn.ts", "TurnStatus", '"failed", "inProgress")', '"inProgress")'],
  "the schema has an enum value more": ["common.ts", "SortDirection", 'literals("asc"', 'literals("up", "asc"'],
  "the schema lacks a variant": ["item.ts", "ThreadItem", "  sleep: SleepThreadItemSchema,\n", ""],
  "the schema lacks a part of a keyed union": ["permissions.ts", "AskForApproval", "    rules: boolean,\n", ""],
  "the schema has another element": [
    "item.ts",
    "CollabAgentToolCallThreadItem",
    "receiverThreadIds: array(string)",
    "receiverThreadIds: array(number)",
  ],
  "the schema has another tag": ["item.ts", "PlanThreadItem", 'tag("plan")', 'tag("plot")'],
  "the type lacks a required field": ["turn.ts", "TurnPlanStep", "  step: string;\n", ""],
  "the type lacks an optional field": ["turn.ts", "Turn", "  rootTurnId?: string | null;\n", ""],
};

describe("types and schemas", () => {
  test("no drift between a type and its schema compiles", () => {
    const copy = mkdtempSync(join(tmpdir(), "codex-drift-"));
    const folder = join(copy, "gen");
    try {
      for (const room of ["gen", "src/schema"]) cpSync(join(ROOT, room), join(copy, room), { recursive: true });
      for (const [file, name, from, to] of Object.values(MUTATIONS)) mutate(join(folder, file), name, from, to);
      // Exactly these: the other definitions, unchanged, compile.
      assertEquals(typeErrors(folder), Object.values(MUTATIONS).map(([, name]) => `${name}Schema`).sort());
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

/** Changes one definition: from its `export type` up to the blank line after its schema. */
function mutate(path: string, name: string, from: string, to: string): void {
  const text = readFileSync(path, "utf8");
  const start = text.indexOf(`export type ${name} =`);
  const end = text.indexOf("\n\n", text.indexOf(`export const ${name}Schema:`));
  const definition = text.slice(start, end);
  assert(start >= 0 && definition.split(from).length === 2, `${name} does not have ${from} once`);
  writeFileSync(path, text.slice(0, start) + definition.replace(from, to) + text.slice(end));
}

/** The schemas at which the compiler finds an error. */
function typeErrors(folder: string): string[] {
  const args = ["check", "--config", join(ROOT, "deno.json"), join(folder, "mod.ts")];
  const env = { ...process.env, NO_COLOR: "1" };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: "utf8" });
  const places = [...stderr.matchAll(/^ {4}at .*\/(\w+\.ts):(\d+):\d+$/gm)];
  assertEquals(status === 0, places.length === 0, stderr);
  const names = places.map(([, file, line]) => {
    const text = readFileSync(join(folder, file!), "utf8").split("\n").slice(0, Number(line));
    return text.findLast((each) => each.startsWith("export const "))?.split(/[ :]/)[2] ?? stderr;
  });
  return [...new Set(names)].sort();
}
