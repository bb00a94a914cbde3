/** A client that greets the server, as an editor does, and ends with exit code 7. */
import { spawn } from "node:child_process";
import process from "node:process";

const codex = spawn("codex", ["app-server"], { stdio: ["pipe", "pipe", "inherit"] });
codex.stdout.on("data", () => codex.stdin.end());
codex.on("error", (error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
codex.on("exit", (code) => process.exit(code === 0 ? 7 : 1));
const params = { clientInfo: { name: "greeter", title: null, version: "1" } };
codex.stdin.write(`${JSON.stringify({ id: 1, method: "initialize", params })}\n`);
