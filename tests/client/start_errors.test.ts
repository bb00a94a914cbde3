import { Codex, type Diagnostic, recordingTransport, StartError, stdioTransport } from "@codex-app-server/sdk";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { isRunning, selfCommand } from "../runtime/self.ts";

const POSIX = process.platform !== "win32";

describe("a program that ends at once", () => {
  const fault = (behaviour: string, ...args: string[]) => selfCommand("runtime/fault_child", behaviour, ...args);

  test("[L3] is named in the error, with its exit code and its last words", async () => {
    const [program = ""] = fault("complain");
    const starts = [
      (launchArgsOverride: readonly string[]) => Codex.start({ launchArgsOverride }),
      (launchArgsOverride: readonly string[]) =>
        Codex.start({ transport: async (context) => await stdioTransport({ launchArgsOverride })(context) }),
      (launchArgsOverride: readonly string[]) =>
        Codex.start({
          transport: async (context) =>
            recordingTransport(await stdioTransport({ launchArgsOverride })(context), () => {}),
        }),
    ];
    for (const start of starts) {
      const error = await assertRejects(() => start(fault("complain")), StartError);
      assertEquals([error.exit, error.stderrTail], [{ code: 7, signal: null }, "bad configuration: no such model\n"]);
      assertStringIncludes(
        error.message,
        `The codex app-server (${program}) ended with exit code 7 before it answered`,
      );
      assertStringIncludes(error.message, "bad configuration: no such model");
    }
    const silent = await assertRejects(() => Codex.start({ launchArgsOverride: fault("exit", "0") }), StartError);
    assertStringIncludes(silent.message, `(${program}) ended with exit code 0 before it answered initialize`);
  });

  test("[L3] is not waited for by what it has left behind", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const lines: string[] = [];
    const onDiagnostic = (each: Diagnostic) => void (each.type === "skipped-line" && lines.push(each.line));
    const start = () => Codex.start({ launchArgsOverride: fault("abandons"), onDiagnostic });
    const error = await assertRejects(start, StartError);
    const left = Number(lines[0]);
    try {
      assertEquals(error.exit, { code: 0, signal: null });
      assert(isRunning(left));
    } finally {
      process.kill(left, "SIGKILL");
    }
  });
});
