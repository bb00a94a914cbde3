/**
 * A scripted server as a process: what `tests/testing/serve_stdio.test.ts` starts. Its first argument says how it
 * behaves.
 *
 * @module
 */
import process from "node:process";
import { ScriptedAppServer, scriptTurns, serveStdio } from "@codex-app-server/sdk/testing";

const behaviour = process.argv[2];
const server = new ScriptedAppServer({
  ...(behaviour === "dies" ? { faults: (message) => message.method === "turn/completed" ? "die" : undefined } : {}),
  bytes: { chunkBytes: 7 },
});
scriptTurns(server, (turn) => {
  turn.item("commandExecution", { command: "ls", status: "completed" });
  turn.message(["from a ", "process"]);
});
await serveStdio(server, {
  stderr: "scripted server is up\n",
  exitCode: behaviour === "exits" ? 3 : 0,
  ignoreEof: behaviour === "stubborn",
  ignoreSigterm: behaviour === "stubborn",
});
