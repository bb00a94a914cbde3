/** An image by its URL. A `data:` URL carries the image itself, so nothing needs to be fetched. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse, imageInput, textInput } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

/** One red pixel. */
const RED_DOT =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

await using demo = await demoModel(
  new ScriptedModel().reply(({ body }) => [
    JSON.stringify(body.input).includes("data:image/png") ? "It is red." : "There is no image.",
  ]),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const thread = await codex.threadStart({ sandbox: "read-only" });
// Helpers and the protocol's own objects mix freely.
const turn = await thread.run([textInput("Which colour is this image? One sentence."), imageInput(RED_DOT)]);
console.log(finalResponse(turn));
