/** vscode-jsonrpc: the same deltas, with the headers that it wants, to a notification handler. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import process from "node:process";
import { expectCount, finish, stopwatch } from "./measure.ts";

const [peers = "", file = "", expected = ""] = process.argv.slice(2);
const require = createRequire(import.meta.url); // it is CommonJS
const { createMessageConnection, StreamMessageReader, StreamMessageWriter } = require(
  `${peers}/vscode-jsonrpc/lib/node/main.js`,
);
let count = 0;
let characters = 0;
const stop = stopwatch();
const child = spawn("cat", [file], { stdio: ["pipe", "pipe", "inherit"] });
const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
let resolve = () => {};
const ended = new Promise<void>((done) => resolve = done);
connection.onNotification("item/agentMessage/delta", ({ delta }: { delta: string }) => {
  count++;
  characters += delta.length;
  if (count === Number(expected)) resolve();
});
connection.listen();
await ended;
const taken = stop();
expectCount("deltas", count, Number(expected));
finish({ ...taken, characters });
