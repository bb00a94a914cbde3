// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A program that uses `./codex-sdk` and closes nothing, for tests of what becomes of it and of its servers. Takes what to
 * do, a mark for the servers' command lines, and the folder to work in.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers";
import { Codex } from "@codex-app-server/sdk/codex-sdk";

const [mode = "", mark = "", workingDirectory = ""] = process.argv.slice(2);
const client = () => new Codex({ config: { test_mark: mark } });
const options = { workingDirectory, skipGitRepoCheck: true };
const thread = client().startThread(options);
switch (mode) {
  case "runs": {
    for (const input of ["one", "two"]) console.log((await thread.run(input)).finalResponse);
    // Holds nothing itself; an idle server, which lives for 2 seconds in a program that goes on, must not either.
    setTimeout(() => console.log("held"), 1500).unref();
    break;
  }
  case "clients": {
    // A server program that makes a client for every request that it gets.
    for (let request = 0; request < 3; request++) {
      console.log((await client().startThread(options).run("go")).finalResponse);
    }
    console.log("idle");
    setInterval(() => {}, 1 << 30);
    break;
  }
  case "aborts": {
    const abort = new AbortController();
    const run = thread.run("go", { signal: abort.signal });
    setTimeout(() => abort.abort());
    console.log(await run.then(() => "completed", ({ name }) => name));
    break;
  }
  case "endless": {
    for await (const event of (await thread.runStreamed("go")).events) console.log(event.type);
    break;
  }
}
console.log("main over");
