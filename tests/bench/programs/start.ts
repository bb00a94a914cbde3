/** From nothing to the answer to `initialize`. Arguments: `sdk` or `floor`, the real binary, its environment as JSON. */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { finish, stopwatch } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [who = "", binary = "", environment = ""] = process.argv.slice(2);
const changes: Record<string, string> = JSON.parse(environment);
if (who === "sdk") {
  const stop = stopwatch();
  const codex = await Codex.start({ codexBin: binary, env: changes });
  const taken = stop();
  await codex.close();
  finish(taken);
} else {
  const env = { ...process.env, ...changes };
  const stop = stopwatch();
  let onReply = (_line: string) => {};
  const reply = new Promise<string>((resolve) => onReply = resolve);
  const server = lineChild(binary, ["app-server"], (line) => onReply(line), env);
  const clientInfo = { name: "bench", title: "bench", version: "1" };
  const params = { clientInfo, capabilities: { experimentalApi: true } };
  server.write(`${JSON.stringify({ id: 1, method: "initialize", params })}\n`);
  JSON.parse(await reply);
  const taken = stop();
  server.end();
  await server.ended;
  finish(taken);
}
