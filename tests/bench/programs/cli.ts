/** Runs a command line, and prints nothing but what it took. Arguments: what stands behind the program's name. */
import { main } from "@codex-app-server/sdk/cli";
import { args } from "./host.ts";
import { finish, mainThreadMs } from "./measure.ts";

let printed = "";
const code = await main(args, {
  env: {},
  cwd: "/",
  signal: new AbortController().signal,
  terminal: { stdin: false, stdout: false, stderr: false },
  columns: 80,
  stdin: () => new ReadableStream(),
  write: (text) => Promise.resolve(void (printed += text)),
  writeError: (text) => Promise.resolve(void (printed += text)),
});
if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${printed}`);
finish({ wallMs: performance.now(), mainMs: mainThreadMs(), characters: printed.length });
