import { Codex } from "@codex-app-server/sdk";
import { durableThread, durableTurn } from "@codex-app-server/sdk/durable";
import { command, message, type ModelRequest, startAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

/** Every file below a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

const charges = ({ userTexts }: ModelRequest) => userTexts.filter((text) => text.startsWith("charge "));

/** Runs a command once, however often it is asked. */
function agent(request: ModelRequest) {
  const name = charges(request).at(-1)!.split(" ")[1]!;
  return request.toolOutput(`call-${name}`) === null
    ? [command("true", { callId: `call-${name}` })]
    : [message("done")];
}

describe("the file of a thread whose server was killed", () => {
  for (const before of [0, 1]) {
    const which = before === 0 ? "the first turn" : "a later turn";
    test(`[D1] ends anywhere in ${which}: the work is done, and no message is given twice (real)`, async () => {
      await using server = await startAppServer();
      server.model.always(agent);
      const params = { cwd: server.workspace, sandbox: "danger-full-access", approvalPolicy: "never" } as const;
      const threadId = await durableThread(server.codex, params);
      for (let n = 0; n < before; n++) {
        await durableTurn(server.codex, { threadId, key: `earlier-${n}`, input: `charge earlier-${n}` });
      }
      const job = { threadId, key: "job", input: "charge job" };
      await durableTurn(server.codex, job);
      await server.codex.close();
      const [path = ""] = filesIn(join(server.home, "sessions"));
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      const begun = lines.findLastIndex((line) => line.includes('"task_started"'));
      assert(begun > 0 && lines.length - begun > 8, "the turn is in the file");
      // Behind its message, a first turn is like any other.
      const last = before === 0 ? lines.findIndex((line) => line.includes('"job"')) + 1 : lines.length;
      const hows = new Set<string>();
      for (let whole = begun; whole <= last; whole++) {
        for (const half of whole < lines.length ? ["", lines[whole]!.slice(0, lines[whole]!.length / 2)] : [""]) {
          // What the server knows beside the file, it has from the file; and what is taken back is another file.
          for (const file of filesIn(server.home)) if (/\.sqlite|\.jsonl/.test(file)) rmSync(file);
          writeFileSync(path, `${lines.slice(0, whole).join("\n")}\n${half}`);
          const seen = server.model.requests.length;
          await using codex = new Codex({ cwd: server.workspace, env: server.env });
          const { turn, how } = await durableTurn(codex, job);
          hows.add(how);
          const where = `cut behind line ${whole} of ${lines.length}${half && " and a half"}: ${how}`;
          assertEquals(turn.status, "completed", where);
          for (const request of server.model.requests.slice(seen)) {
            assertEquals(charges(request).length, new Set(charges(request)).size, `${where}: ${charges(request)}`);
          }
        }
      }
      assertEquals([...hows].sort(), before === 0 ? ["continued", "ran"] : ["continued", "found", "ran"]);
    });
  }
});
