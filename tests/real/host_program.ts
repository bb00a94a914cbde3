// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A program that uses Codex, for tests of what becomes of the server when its host ends, and of the host when it has
 * nothing else to do. Takes what to do and a mark for the server's command line.
 *
 * @module
 */
import process from "node:process";
import { Codex, finalResponse } from "@codex-app-server/sdk";

const [mode = "", mark = ""] = process.argv.slice(2);
const codex = await Codex.start({ configOverrides: [`test_mark="${mark}"`] });
console.log("started");
switch (mode) {
  case "idle": {
    await codex.threadStart();
    break;
  }
  case "turn": {
    const thread = await codex.threadStart();
    thread.run("go").then((turn) => console.log(finalResponse(turn)));
    break;
  }
  case "stays":
    setInterval(() => {}, 1 << 30);
    break;
}
console.log("main over");
