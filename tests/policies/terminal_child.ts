/**
 * Asks at its terminal: `one QUESTION`, once the file that the last argument names is there, or `two` at once. Prints
 * what came of it.
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { askInTerminal } from "../../src/policies/ask_in_terminal.ts";
import { asks } from "./ask.ts";

const [commands = "", go = ""] = process.argv.slice(2);
const { signal } = new AbortController();
process.on("SIGINT", () => void process.stdout.write("<SIGINT>"));

while (!existsSync(go)) await delay(5);
const verdicts = commands.split(",").map((command) =>
  askInTerminal()(asks(command, { availableDecisions: null }), { signal })
);
for (const verdict of verdicts) process.stdout.write(`<${(await verdict)?.decision}>`);
