/** From nothing to the answer to `initialize`. Arguments: `sdk` or `floor`, the real binary, its environment as JSON. */
import { Codex } from "@codex-app-server/sdk";
import { args, environment } from "./host.ts";
import { finish } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [who = "", binary = "", env = ""] = args;
const changes: Record<string, string> = JSON.parse(env);
if (who === "sdk") {
  const begin = performance.now();
  const codex = await Codex.start({ codexBin: binary, env: changes });
  const wallMs = performance.now() - begin;
  await codex.close();
  finish({ wallMs });
} else {
  const begin = performance.now();
  const whole = { ...environment(), ...changes };
  let onReply = (_line: string) => {};
  const reply = new Promise<string>((resolve) => onReply = resolve);
  const server = lineChild(binary, ["app-server"], (line) => onReply(line), whole);
  const clientInfo = { name: "bench", title: "bench", version: "1" };
  const params = { clientInfo, capabilities: { experimentalApi: true } };
  server.write(`${JSON.stringify({ id: 1, method: "initialize", params })}\n`);
  JSON.parse(await reply);
  const wallMs = performance.now() - begin;
  server.end();
  await server.ended;
  finish({ wallMs });
}
