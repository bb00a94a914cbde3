/**
 * The first turn of a program, with a real server. Arguments: what is there before, the model's URL, the server's binary.
 *
 * - `cold`: nothing; the server is started for the turn.
 * - `started`: a client whose server was started before anybody asked.
 * - `thread`: the same, with the thread of the turn.
 * - `pool`: a pool of which nobody has asked anything.
 * - `warm pool`: a pool that was used for this tenant before, and has kept its server.
 */
import process from "node:process";
import { Codex, type CodexOptions, CodexPool, type Thread } from "@codex-app-server/sdk";
import { codexHome } from "@codex-app-server/sdk/testing";
import { finish } from "./measure.ts";

const [what = "", modelUrl = "", codexBin = ""] = process.argv.slice(2);
const home = await codexHome({ modelUrl });
const options: CodexOptions = { codexBin, env: home.env, cwd: home.path };
const pool = new CodexPool({ codex: () => options });
const codex = what === "started" || what === "thread" ? await Codex.start(options) : new Codex(options);
const opened = what === "thread" ? await codex.threadStart() : undefined;
if (what === "warm pool") await pool.use("tenant", () => {});

let firstMs = NaN;
const start = performance.now();
if (what.endsWith("pool")) await pool.use("tenant", firstTurn);
else await firstTurn(codex, opened);
const wallMs = performance.now() - start;
await pool.close();
await codex.close();
await home.remove();
finish({ wallMs, firstMs });

async function firstTurn(codex: Codex, opened?: Thread): Promise<void> {
  const thread = opened ?? await codex.threadStart();
  for await (const _text of (await thread.turn("go")).text()) {
    if (Number.isNaN(firstMs)) firstMs = performance.now() - start;
  }
}
