import { assertEquals } from "@std/assert";
import { hostname } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import process from "node:process";
import { ROUTING } from "@codex-app-server/sdk/protocol";
import {
  codexHome,
  message,
  parseTranscript,
  recordingTransport,
  ScriptedModel,
  type TranscriptEntry,
} from "@codex-app-server/sdk/testing";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { openStdio } from "../../src/transport/stdio.ts";
import { ANSWER, PRINTED, runReadme, TRANSCRIPT } from "../testing/readme.ts";

/** Set to 1, writes the transcript anew. */
const RECORD = process.env["CODEX_RECORD"] === "1";

/** Records the README's quickstart with the real server and a scripted model. */
async function record(): Promise<string> {
  const lines: string[] = [];
  await using listener = await new ScriptedModel().reply(message(ANSWER)).listen();
  await using home = await codexHome({ modelUrl: listener.url });
  const workspace = await makeTempDir("codex-workspace-");
  const names = [[home.path, "/codex-home"], [workspace.path, "/workspace"], [hostname(), "host"]] as const;
  const redact = (line: string) => names.reduce((text, [from, to]) => text.replaceAll(from, to), line);
  try {
    const transport = recordingTransport(
      ({ signal }) => openStdio({ env: home.env, cwd: workspace.path, signal }),
      (line) => void lines.push(line),
      { normalizeIds: true, redact },
    );
    assertEquals(await runReadme({ transport }), PRINTED as string[]);
  } finally {
    await workspace.remove();
  }
  return lines.join("");
}

/** What the client sent, and what it was told about the turn: the part that every run has. */
function essence(transcript: string) {
  const sent: unknown[] = [];
  const told: string[] = [];
  for (const { dir, line } of parseTranscript(transcript) as (TranscriptEntry & { line: string })[]) {
    const { method } = JSON.parse(line ?? "{}");
    if (dir === "out") sent.push(method);
    else if (ROUTING[method]?.turn !== undefined) told.push(method);
  }
  return { sent, told };
}

describe("the README's quickstart (real)", () => {
  test("(real) still goes as it was recorded", async () => {
    const now = await record();
    if (RECORD) writeFileSync(TRANSCRIPT, now);
    assertEquals(essence(now), essence(readFileSync(TRANSCRIPT, "utf8")));
  });
});
