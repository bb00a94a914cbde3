import { durableThread } from "@codex-app-server/sdk/durable";
import {
  type AppServer,
  command,
  delay,
  message,
  type ModelRequest,
  startAppServer,
  withSeed,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { processesWith, selfCommand, selfEnv, waitUntilGone } from "../runtime/self.ts";

/** How many workers are killed. `CODEX_SDK_KILLS` asks for more than the gate has time for. */
const KILLS = Number(process.env["CODEX_SDK_KILLS"] ?? 20);

/** Past this many lines of a worker its turn is nearly over. */
const LINES = 12;

interface Job {
  readonly threadId: string;
  readonly key: string;
  readonly input: string;
  readonly mark: string;
}

/** What a worker that was left alone says at its end; `null` of one that was killed. */
interface Outcome {
  readonly status: string;
  readonly how: string;
}

/** Runs a worker; with `killAt`, kills it at its so-and-so-manieth line and a moment later, with its server or without. */
async function work(
  server: AppServer,
  job: Job,
  killAt?: { readonly line: number; readonly laterMs: number; readonly server: boolean },
): Promise<Outcome | null> {
  const [program, ...args] = selfCommand("durable/worker_program", JSON.stringify(job));
  const env = { ...selfEnv(), ...server.env };
  const child = spawn(program, args, { env, cwd: server.workspace, stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const kill = () => {
    const servers = processesWith(job.mark).filter(({ pid, command }) =>
      pid !== child.pid && command.includes("app-server")
    );
    child.kill("SIGKILL");
    for (const { pid } of killAt?.server === true ? servers : []) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended by itself, with its host.
      }
    }
  };
  let outcome: Outcome | null = null;
  let lines = 0;
  if (killAt?.line === 0) setTimeout(kill, killAt.laterMs);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) outcome = JSON.parse(line);
    if (++lines === killAt?.line) setTimeout(kill, killAt.laterMs);
  }
  const code = await exited;
  for (const { pid, command } of processesWith(job.mark)) if (command.includes("app-server")) await waitUntilGone(pid);
  assert(killAt !== undefined || code === 0, `a worker that nobody killed ended with ${code}`);
  return outcome;
}

/** An agent that charges once, however often it is asked: it looks at what was done. */
function agent(request: ModelRequest) {
  const texts = request.userTexts.filter((text) => text.startsWith("charge "));
  const name = texts.at(-1)!.split(" ")[1]!;
  return request.toolOutput(`call-${name}`) === null
    ? [command(`echo ${name} >> ledger.txt`, { callId: `call-${name}` })]
    : [message(["all ", delay(5), "is ", delay(5), "done"])];
}

describe("a worker that is killed", () => {
  test(`[D1] at ${KILLS} random moments: nothing is lost, and no message is given twice (real)`, async () => {
    await using server = await startAppServer();
    server.model.always(agent);
    await withSeed(async (random) => {
      const hows: Record<string, number> = { ran: 0, found: 0, continued: 0 };
      let threadId = "";
      let kills = 0;
      for (let round = 0; kills < KILLS; round++) {
        // A thread's first turn is another case than its later ones.
        if (round % 4 === 0) {
          const params = { cwd: server.workspace, sandbox: "danger-full-access", approvalPolicy: "never" } as const;
          threadId = await durableThread(server.codex, params);
        }
        const job = { threadId, key: `job-${round}`, input: `charge ${round}`, mark: `kill-${process.pid}-${round}` };
        let outcome: Outcome | null = null;
        for (let times = 1 + random.below(3); times > 0 && outcome === null && kills < KILLS; times--) {
          const moment = {
            line: random.below(LINES),
            laterMs: random.below(40),
            server: random.chance(0.5),
          };
          outcome = await work(server, job, moment);
          if (outcome === null) kills++;
        }
        outcome = await work(server, job);
        hows[outcome!.how]!++;
        assertEquals(outcome?.status, "completed");
      }
      for (const { userTexts } of server.model.requests) {
        const charges = userTexts.filter((text) => text.startsWith("charge "));
        assertEquals(charges.length, new Set(charges).size, `a message was given twice: ${charges}`);
      }
      const ledger = join(server.workspace, "ledger.txt");
      const lines = existsSync(ledger) ? readFileSync(ledger, "utf8").trim().split("\n") : [];
      assertEquals(lines.length, new Set(lines).size, `an effect was had twice: ${lines}`);
      assert(hows["continued"]! + hows["found"]! > 0, "no kill came between the beginning and the end of a turn");
    });
  });
});
