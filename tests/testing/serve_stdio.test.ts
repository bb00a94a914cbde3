import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Codex, finalResponse, TransportClosedError } from "@codex-app-server/sdk";
import { scriptCommand } from "@codex-app-server/sdk/testing";

/** Node runs the tests transpiled. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const SCRIPT = fileURLToPath(new URL(`./scripts/scripted_server.${EXTENSION}`, import.meta.url));

function start(behaviour: string, closeGraceMs = 5_000): Promise<Codex> {
  return Codex.start({ launchArgsOverride: [...scriptCommand(SCRIPT), behaviour], limits: { closeGraceMs } });
}

describe("serveStdio", () => {
  test("a script serves as a process, cut into small chunks, and ends with its stdin", async () => {
    const codex = await start("plain");
    const thread = await codex.threadStart();
    assertEquals(finalResponse(await thread.run("hi")), "from a process");
    await codex.close();
    const { exit, reason, stderrTail } = await codex.closed;
    assertEquals([exit, reason], [{ code: 0, signal: null }, "closed"]);
    assertEquals(stderrTail, "scripted server is up\n");
  });

  test("its exit code is the script's; a mistake of the script is another, and told on stderr", async () => {
    const codex = await start("exits");
    await codex.close();
    assertEquals((await codex.closed).exit, { code: 3, signal: null });
    const wrong = await start("exits");
    await assertRejects(() => wrong.models());
    await wrong.close();
    const { exit, stderrTail } = await wrong.closed;
    assertEquals(exit, { code: 70, signal: null });
    assertStringIncludes(stderrTail, "model/list has no script");
  });

  test("a fault that breaks the connection kills the process", async () => {
    await using codex = await start("dies");
    const thread = await codex.threadStart();
    const error = await assertRejects(() => thread.run("hi"), TransportClosedError);
    assertEquals(error.exit, { code: null, signal: "SIGKILL" });
    assertEquals(error.items.map((each) => each.type), ["commandExecution", "agentMessage"]);
  });

  test("[L5] a process that ignores both the end of stdin and SIGTERM is killed", async () => {
    const codex = await start("stubborn", 100);
    await codex.close();
    assertEquals((await codex.closed).exit, { code: null, signal: "SIGKILL" });
  });
});
