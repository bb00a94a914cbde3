/**
 * A chat in the terminal. The agent's words come as they are written; what it asks for is answered by y, s, n or c;
 * Ctrl-C interrupts the turn and not the program; `/exit` or Ctrl-D ends it.
 */
// deno-lint-ignore-file no-console -- a program that prints
import process from "node:process";
import { createInterface } from "node:readline";
import { Codex, type Notification, type TurnHandle } from "@codex-app-server/sdk";
import { askInTerminal, policyHandlers } from "@codex-app-server/sdk/policies";
import { command, delay, demoModel, message, ScriptedModel } from "@codex-app-server/sdk/testing";

const terminal = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
let open = true;
let running: TurnHandle | undefined;
/** Lines that were typed and not asked for yet, and who waits for the next one. */
const typed: string[] = [];
let give: ((line: string | null) => void) | undefined;

terminal.on("line", (line) => {
  if (give === undefined) typed.push(line);
  else give(line);
});
terminal.on("close", () => {
  open = false;
  give?.(null);
});

/** Shows a text and returns the next line, or `null` at the end of the input. */
async function ask(text: string, signal?: AbortSignal): Promise<string | null> {
  const lastLine = text.lastIndexOf("\n") + 1;
  process.stdout.write(text.slice(0, lastLine));
  if (open) {
    terminal.setPrompt(text.slice(lastLine));
    terminal.prompt();
  }
  const line = typed.shift();
  if (line !== undefined) return line;
  if (!open) return null;
  let mine: typeof give;
  return await new Promise<string | null>((resolve, reject) => {
    give = mine = resolve;
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  }).finally(() => {
    if (give === mine) give = undefined; // else somebody else waits for a line by now
  });
}

/** What was typed before somebody has read the question is no answer to it. */
function askAnew(text: string, signal: AbortSignal): Promise<string | null> {
  typed.length = 0;
  return ask(text, signal);
}

function onInterrupt(): void {
  if (running === undefined) process.stdout.write("\n(/exit ends the program)\n> ");
  else running.interrupt().catch(() => {}); // it has just ended by itself
}
terminal.on("SIGINT", onInterrupt); // a terminal, in which Ctrl-C is a key
process.on("SIGINT", onInterrupt); // a signal from elsewhere

function show({ method, params }: Notification): void {
  switch (method) {
    case "item/agentMessage/delta":
      return void process.stdout.write(params.delta);
    case "item/started":
      if (params.item.type === "commandExecution") console.log(`$ ${params.item.command}`);
      return;
    case "item/completed":
      if (params.item.type === "agentMessage") console.log();
      if (params.item.type === "commandExecution") {
        console.log(`${params.item.aggregatedOutput ?? ""}(${params.item.status})`);
      }
      return;
    case "error": // the server tries again by itself, or ends the turn as failed
      return console.log(`(${params.error.message})`);
    case "turn/completed":
      if (params.turn.status !== "completed") console.log(`\n(${params.turn.status})`);
  }
}

async function chat(): Promise<void> {
  await using demo = await demoModel(script());
  console.log(demo.notice);
  if (demo.scripted) console.log('Try "hello", "!date", which wants your approval, and "count" with Ctrl-C.');
  const handlers = policyHandlers(askInTerminal({ ask: askAnew }));
  await using codex = await Codex.start({ ...demo.options, handlers });
  const thread = await codex.threadStart({ sandbox: "read-only", approvalPolicy: "on-request", ephemeral: true });
  for (let line = await ask("> "); line !== null && line.trim() !== "/exit"; line = await ask("> ")) {
    if (line.trim() === "") continue;
    running = await thread.turn(line);
    for await (const event of running.stream()) show(event);
    running = undefined;
  }
}

/** Without an account: echoes, runs what stands behind an exclamation mark, counts slowly. */
function script(): ScriptedModel {
  return new ScriptedModel().always((request) => {
    if (request.body.input.at(-1)?.type === "function_call_output") return ["That was it."];
    const text = request.lastUserText ?? "";
    if (text.startsWith("!")) return [command(text.slice(1), { escalate: true, justification: "You said so." })];
    if (text !== "count") return [`You said: ${text}`];
    return [message(Array.from({ length: 100 }, (_, index) => [`${index + 1} `, delay(200)]).flat())];
  });
}

try {
  await chat();
} finally {
  terminal.close();
  process.off("SIGINT", onInterrupt);
}
