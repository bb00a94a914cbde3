/** The reading path of `@openai/codex-sdk`, whose program is replaced by one that prints the prepared file. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expectCount, finish, importPeer, stopwatch } from "./measure.ts";

const [peers = "", folder = "", expected = ""] = process.argv.slice(2);
const { Codex } = await importPeer(peers, "@openai/codex-sdk/dist/index.js");
const temp = mkdtempSync(join(tmpdir(), "codex-bench-"));
const program = join(temp, "codex");
writeFileSync(program, `#!/bin/sh\nexec cat '${folder}/turn_1.jsonl'\n`);
chmodSync(program, 0o755);

let count = 0;
let characters = 0;
const stop = stopwatch();
const { events } = await new Codex({ codexPathOverride: program }).startThread().runStreamed("go");
for await (const event of events) {
  if (event.method !== "item/agentMessage/delta") continue;
  count++;
  characters += event.params.delta.length;
}
const taken = stop();
rmSync(temp, { recursive: true });
expectCount("deltas", count, Number(expected));
finish({ ...taken, characters });
