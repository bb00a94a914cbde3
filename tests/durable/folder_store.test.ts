import { folderStore, type Rollout, RolloutConflictError } from "@codex-app-server/sdk/durable";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

const ID = "019a0000-0000-7000-8000-000000000001";
const PATH = `sessions/2026/11/25/rollout-2026-11-25T10-00-00-${ID}.jsonl`;
const rollout = (version: number, text: string, path = PATH): Rollout => ({
  version,
  path,
  data: new TextEncoder().encode(text),
});
const text = (found: Rollout | null) => found === null ? null : new TextDecoder().decode(found.data);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a store in a folder", () => {
  test("[D3] gives back what was saved last, byte for byte, and keeps the one before", async () => {
    await inFolder(async (folder) => {
      const store = folderStore(join(folder, "not", "there yet"));
      assertEquals(await store.load(ID), null);
      for (const [index, content] of ["", "one\n", "one\ntwo\u2028\n", "x".repeat(100_000)].entries()) {
        await store.save(ID, rollout(index + 1, content));
        const found = await store.load(ID);
        assertEquals([found?.version, found?.path, text(found)], [index + 1, PATH, content]);
      }
      assertEquals(readdirSync(join(folder, "not", "there yet", ID)), ["0000000003.rollout", "0000000004.rollout"]);
    });
  });

  test("[D3] an older copy never overwrites a newer one", async () => {
    await inFolder(async (folder) => {
      const store = folderStore(folder);
      await store.save(ID, rollout(1, "one"));
      await store.save(ID, rollout(2, "two"));
      for (const version of [1, 2, 4, 9]) {
        const error = await assertRejects(() => store.save(ID, rollout(version, "old")), RolloutConflictError);
        assertEquals([error.threadId, error.version, error.code], [ID, version, "ROLLOUT_CONFLICT"]);
      }
      assertEquals(text(await store.load(ID)), "two");
    });
  });

  test("[D3] of twenty that save one version at the same moment, one does", async () => {
    await inFolder(async (folder) => {
      for (let version = 1; version <= 5; version++) {
        const savers = Array.from(
          { length: 20 },
          (_, saver) => folderStore(folder).save(ID, rollout(version, `${saver}`)),
        );
        const results = await Promise.allSettled(savers);
        const winners = results.flatMap(({ status }, saver) => status === "fulfilled" ? [`${saver}`] : []);
        assertEquals(winners.length, 1);
        for (const result of results) {
          assert(result.status === "fulfilled" || result.reason instanceof RolloutConflictError, String(result));
        }
        assertEquals(text(await folderStore(folder).load(ID)), winners[0]!);
      }
      assertEquals(readdirSync(join(folder, ID)).filter((name) => name.startsWith(".")), []);
    });
  });

  test("[D3] nothing is written outside of a thread's own place, whatever its id, path or version says", async () => {
    await inFolder(async (folder) => {
      const store = folderStore(folder);
      for (const id of ["..", "../x", "a/b", "", "a\\b", "/etc", ".hidden", "a\0b"]) {
        await assertRejects(() => store.load(id), TypeError, "is not the id of a thread");
        await assertRejects(() => store.save(id, rollout(1, "")), TypeError);
      }
      for (
        const path of [
          "../x.jsonl",
          `sessions/../../rollout-${ID}.jsonl`,
          `/sessions/rollout-${ID}.jsonl`,
          "config.toml",
          `sessions/2026/rollout-x-${ID}.jsonl/../../../config.toml`,
          PATH.replace("01.jsonl", "02.jsonl"),
          `${PATH}\n`,
        ]
      ) {
        await assertRejects(() => store.save(ID, rollout(1, "", path)), TypeError, "expected sessions/YEAR");
      }
      for (const version of [0, -1, 1.5, NaN, Infinity]) {
        await assertRejects(() => store.save(ID, rollout(version, "")), TypeError, "must count from 1");
      }
      assertEquals(readdirSync(folder), []);
    });
  });
});
