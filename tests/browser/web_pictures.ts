/**
 * Takes the pictures of the web app that stand in the documents, of the demonstration itself.
 *
 *     deno task web:pictures            # into docs/web
 *     deno task web:pictures --all /tmp/pictures   # all there are, to be looked at
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { openChromium } from "./open_chromium.ts";
import { startWebServer } from "./web_server.ts";

/** What stands in the documents. */
const SHOWN: ReadonlySet<string> = new Set(["desktop", "phone"]);

const DESKTOP = { width: 1120, height: 760 };
const PHONE = { width: 390, height: 780 };

const all = process.argv[2] === "--all";
const folder = all ? process.argv[3] ?? "." : fileURLToPath(new URL("../../docs/web", import.meta.url));

await using browser = await openChromium();
const server = await startWebServer("deno", null, { CODEX_DEMO_MODEL: "scripted" });
try {
  const context = await browser.newContext({
    viewport: DESKTOP,
    deviceScaleFactor: 2,
    colorScheme: "light",
    locale: "en-GB",
  });
  const page = await context.newPage();
  await page.goto(server.address);
  const take = async (name: string) => {
    if (all || SHOWN.has(name)) await picture(browser, page, join(folder, name));
  };
  const say = async (text: string) => {
    await page.getByLabel("Message").fill(text);
    await page.keyboard.press("Enter");
  };
  const approve = () => page.getByRole("button", { name: "Approve", exact: true }).click();
  const idle = () => page.getByRole("button", { name: "Send", exact: true }).waitFor();

  await page.getByRole("heading", { name: "What shall we do?" }).waitFor();
  await take("empty");
  await say("What does this project do?");
  await page.getByText("There is a fault in it").waitFor();
  await idle();
  await take("explained");
  await page.getByRole("button", { name: "New thread" }).click();
  await say("Fix the bug in this project");
  await page.getByRole("group", { name: "Run this command?" }).waitFor();
  await take("command");
  await approve();
  await page.getByRole("group", { name: "Make these changes?" }).waitFor();
  await take("desktop");
  await page.emulateMedia({ colorScheme: "dark" });
  await take("desktop-dark");
  await page.setViewportSize(PHONE);
  await page.getByRole("navigation", { name: "Threads" }).waitFor({ state: "hidden" });
  await take("phone");
  await page.emulateMedia({ colorScheme: "light" });
  await take("phone-light");
  await approve();
  await page.getByRole("group", { name: "Run this command?" }).waitFor();
  await approve();
  await page.getByText("all four checks pass").waitFor();
  await idle();
  await page.locator("summary", { hasText: "All done" }).click();
  await take("phone-done");
  await page.setViewportSize(DESKTOP);
  await page.getByRole("navigation", { name: "Threads" }).waitFor();
  await take("done");
} finally {
  await server.stop();
}

/** A screenshot, made small by the browser itself. */
async function picture(browser: Browser, page: Page, path: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  const png = await page.screenshot({ animations: "disabled", caret: "hide" });
  mkdirSync(dirname(path), { recursive: true });
  if (all) return writeFileSync(`${path}.png`, png);
  const studio = await browser.newPage();
  const webp = await studio.evaluate(async (png) => {
    const image = await createImageBitmap(await (await fetch(png)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d")!.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/webp", quality: 0.82 });
    return Array.from(new Uint8Array(await blob.arrayBuffer()));
  }, `data:image/png;base64,${png.toString("base64")}`);
  await studio.close();
  writeFileSync(`${path}.webp`, Uint8Array.from(webp));
}
