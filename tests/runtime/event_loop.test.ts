import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { processesWith, selfCommand, waitUntilGone } from "./self.ts";

/** Runs the host program with a server of the given behaviour; resolves when it has ended by itself. */
async function host(mode: string, ...behaviour: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  const mark = `host-${crypto.randomUUID()}`;
  const [command, ...args] = selfCommand(
    "runtime/host_program",
    mode,
    ...selfCommand("runtime/fault_child", ...behaviour, mark),
  );
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => stdout += chunk);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  for (const { pid } of processesWith(mark)) await waitUntilGone(pid);
  return { code, stdout };
}

describe("the host's event loop", () => {
  test("[L7] a server that is let go of does not keep a finished program alive", async () => {
    assertEquals(await host("idle", "echo"), { code: 0, stdout: "main over\n" });
  });

  test("[L7] a server that is held does, until it is let go of", async () => {
    // 300 ms after the program has nothing else to do.
    assertEquals(await host("busy", "late_answer", "300"), { code: 0, stdout: "main over\nanswer\n" });
  });

  test("[L7] a server is held from the start", async () => {
    assertEquals(await host("held", "late_words", "300"), { code: 0, stdout: "words\nmain over\n" });
  });

  test("[L5] closing is finished even if nothing else keeps the program alive", async () => {
    assertEquals(await host("closes", "echo"), { code: 0, stdout: "closed\n" });
  });
});
