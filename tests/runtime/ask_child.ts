/** Asks three questions at its terminal: answered, taken back, and ended by end of file. Prints what came of them. */
import process from "node:process";
import { askLine } from "../../src/runtime/ask_line.ts";

const controller = new AbortController();
const print = (text: string) => void process.stdout.write(`<${text}>`);

print(JSON.stringify(await askLine("several\nlines\nfirst? ", controller.signal)));
const taken = askLine("second? ", controller.signal);
controller.abort(new Error("taken back"));
print(await taken.then(() => "answered", (error) => error.message));
print(JSON.stringify(await askLine("third? ", new AbortController().signal)));
