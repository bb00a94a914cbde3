// deno-lint-ignore-file no-console -- a program that prints
/**
 * One turn of the real server, live: it works in a temporary folder and leaves nothing behind.
 *
 *     deno run -A examples/quickstart.ts ["a prompt of your own"]
 *     bun examples/quickstart.ts
 *
 * Without a login of Codex and without OPENAI_API_KEY a script stands in for the model; all else is real.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { command, delay, demoModel, message, type ModelRequest, ScriptedModel } from "@codex-app-server/sdk/testing";

const prompt = process.argv[2] ?? "Add up the prices in prices.txt, write the sum to total.txt, and tell me the total.";

// Ctrl-C ends the turn and everything below is cleaned up; without a listener it would end the program on the spot. It
// may come twice, from the terminal and from the task that runs this: so the listener stays.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort(new Error(`Stopped by ${signal}`)));
}

const workspace = await mkdtemp(join(tmpdir(), "codex-quickstart-"));
try {
  await writeFile(join(workspace, "prices.txt"), "12\n21\n9\n");
  const turn = await runTurn();
  if (turn.status !== "completed") throw new Error(`The turn ended as ${turn.status}. ${turn.error?.message ?? ""}`);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} finally {
  await rm(workspace, { recursive: true, force: true });
}

async function runTurn() {
  await using demo = await demoModel(script());
  await using codex = await Codex.start({
    ...demo.options,
    signal: stop.signal,
    handlers: {
      // Only the script's own command may leave the sandbox; what a real model asks for is refused.
      "item/commandExecution/requestApproval": () => ({ decision: demo.scripted ? "accept" : "decline" }),
    },
  });
  // Behind the start: before it, the progress of a first download would wipe the line away.
  console.log(demo.notice);
  console.log(`Started ${codex.metadata.userAgent}\n\n> ${prompt}\n`);

  const thread = await codex.threadStart({
    cwd: workspace,
    ephemeral: true, // not kept in the list of threads
    sandbox: "workspace-write", // commands may write in the workspace, and have no network
    approvalPolicy: "on-request",
  });
  const turn = await thread.turn(prompt, { signal: stop.signal });
  for await (const { method, params } of turn.stream()) {
    if (method === "item/agentMessage/delta") process.stdout.write(params.delta);
    else if (method === "item/completed" && params.item.type === "agentMessage") console.log("\n");
  }

  const finished = await turn.run();
  console.log(`The turn ${finished.status}, with these items:`);
  for (const item of finished.items) console.log(`  ${item.type}: ${describe(item)}`);
  return finished;
}

function describe(item: ThreadItem): string {
  switch (item.type) {
    case "userMessage":
      return item.content.map((part) => part.type === "text" ? part.text : part.type).join(" ");
    case "commandExecution":
      return `${item.command} -> exit code ${item.exitCode ?? "none"}`;
    case "fileChange":
      return item.changes.map(({ path }) => path).join(", ");
    case "agentMessage":
      return item.text;
    default:
      return item.id;
  }
}

/**
 * What the model does without an account: one harmless command, which the server really runs, then an answer made of
 * that command's output. Where the sandbox does not work (a container without user namespaces: "bwrap: Creating new
 * namespace failed", before the command has run) it asks for this one command to be run without.
 */
function script(): ScriptedModel {
  const sum = process.platform === "win32"
    ? "(Get-Content prices.txt | Measure-Object -Sum).Sum | Tee-Object total.txt"
    : "echo $(( $(paste -sd+ prices.txt) )) | tee total.txt";
  const answer = (request: ModelRequest) => {
    const total = request.commandOutput()?.trim();
    const text = process.argv[2] === undefined
      ? `The total is ${total}, and it now stands in total.txt.`
      : `I am only a script, so whatever you ask, I add up prices.txt: that makes ${total}.`;
    return [message(text.split(/(?<= )/).flatMap((word) => [word, delay(30)]))];
  };
  return new ScriptedModel()
    .reply(command(sum))
    .reply((request) => {
      if (request.toolOutput()?.includes("exited with code 0")) return answer(request);
      return [command(sum, { escalate: true, justification: "The sandbox does not work on this machine." })];
    })
    .reply(answer);
}
