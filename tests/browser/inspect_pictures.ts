/**
 * Takes the pictures of `inspect`: the one that stands in docs/inspect.md, or all, to be looked at.
 *
 *     deno task inspect:pictures
 *     deno task inspect:pictures --all /tmp/pictures
 *
 * @module
 */
import { Codex } from "@codex-app-server/sdk";
import { codexHome, command, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startInspect } from "../cli/inspect/running.ts";
import { openChromium } from "./open_chromium.ts";

const all = process.argv[2] === "--all";
const folder = all ? process.argv[3] ?? "." : fileURLToPath(new URL("../../docs/inspect", import.meta.url));
mkdirSync(folder, { recursive: true });

const work = mkdtempSync(join(tmpdir(), "todo-app-"));
await using ends = new AsyncDisposableStack();
ends.defer(() => rmSync(work, { recursive: true, force: true }));
writeFileSync(join(work, "todo.txt"), "tea\nbread\n");
const model = new ScriptedModel();
model
  .reply(command("wc -l < todo.txt"))
  .reply(message(["There are ", "two ", "to-dos: ", "tea and bread."]))
  .reply(command("rm todo.txt", { escalate: true, justification: "Everything on it is done." }))
  .reply(message(["It stays, ", "then."]));
const listener = ends.use(await model.listen());
const home = ends.use(
  await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request", sandboxMode: "workspace-write" }),
);
const inspect = ends.use(await startInspect(["--wait"], { env: home.env }));
const browser = ends.use(await openChromium());

const context = await browser.newContext({ viewport: { width: 1320, height: 640 }, colorScheme: "light" });
const page = await context.newPage();
await page.goto(inspect.url);
const take = async (name: string, isShown = false) => {
  // Two frames: what a click has changed is drawn then.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const png = await page.screenshot({ animations: "disabled", caret: "hide" });
  if (all) writeFileSync(join(folder, `${name}.png`), png);
  else if (isShown) writeFileSync(join(folder, `${name}.webp`), await webp(png));
};
/** The same, made small by the browser itself. */
async function webp(png: Uint8Array): Promise<Uint8Array> {
  const studio = await browser.newPage();
  const bytes = await studio.evaluate(async (png) => {
    const image = await createImageBitmap(await (await fetch(png)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.8 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, `data:image/png;base64,${Buffer.from(png).toString("base64")}`);
  await studio.close();
  return Uint8Array.from(bytes);
}
const tab = (name: RegExp) => page.getByRole("tab", { name }).click();

const asked = Promise.withResolvers<void>();
const codex = ends.use(
  await Codex.start({
    codexBin: inspect.shim,
    env: home.env,
    cwd: work,
    clientName: "my_editor",
    onStderr: () => {},
    handlers: {
      "item/commandExecution/requestApproval": async () => {
        await asked.promise;
        return { decision: "decline" };
      },
    },
  }),
);
await codex.models();
const thread = await codex.threadStart();
await thread.run("How many to-dos are there?");
const second = thread.run("Remove the list.");
await tab(/^Questions \(1\)/);
await page.getByText("Asked of the client").waitFor();
await take("question");
asked.resolve();
await second;
await page.locator(".line", { hasText: "turn/completed" }).nth(1).waitFor();
await tab(/^State/);
await page.getByText("It stays, then.").first().waitFor();
await take("state");
await page.locator("#list").evaluate((list) => list.scrollTop = 0);
await tab(/^Details/);
await page.locator(".line.request", { hasText: "turn/start" }).first().click();
await take("details", true);
await page.getByRole("button", { name: "To the builder" }).click();
await take("builder");
await page.emulateMedia({ colorScheme: "dark" });
await tab(/^State/);
await take("dark");
await page.setViewportSize({ width: 900, height: 640 });
await take("narrow");
