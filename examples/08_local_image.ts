/** An image file on the machine of the server. */
// deno-lint-ignore-file no-console -- a program that prints
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, finalResponse, localImageInput } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

/** One red pixel, as a PNG. */
const RED_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

await using demo = await demoModel(
  new ScriptedModel().reply(({ body }) => [
    JSON.stringify(body.input).includes("data:image/png") ? "It is red." : "There is no image.",
  ]),
);
console.log(demo.notice);
const folder = await mkdtemp(join(tmpdir(), "codex-image-"));
try {
  const path = join(folder, "dot.png");
  await writeFile(path, Uint8Array.from(atob(RED_DOT), (char) => char.charCodeAt(0)));

  await using codex = await Codex.start(demo.options);
  const thread = await codex.threadStart({ sandbox: "read-only", cwd: folder });
  const turn = await thread.run(["Which colour is this image? One sentence.", localImageInput(path)]);
  console.log(finalResponse(turn));
} finally {
  await rm(folder, { recursive: true, force: true });
}
