import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { openChromium } from "./open_chromium.ts";
import { idle, open, say, see, signedIn } from "./web_page.ts";
import { startWebServer, type WebServer } from "./web_server.ts";

const ends = new AsyncDisposableStack();
const model = new ScriptedModel();
const troubles: string[] = [];
let browser: Browser;
let server: WebServer;
let context: BrowserContext;

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "web-attacks-"));
  ends.defer(() => rmSync(folder, { recursive: true, force: true }));
  const listener = ends.use(await model.listen());
  const home = ends.use(await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request" }));
  browser = ends.use(await openChromium());
  server = await startWebServer("deno", folder, { ...home.env, CODEX_DEMO_MODEL: "real" });
  context = await signedIn(browser, server);
});

after(() => ends.disposeAsync());

describe("the web app, when much is said, or hostile things, or in vain (real)", () => {
  test("[I8] of a long thread the last message is sent alone, and the list has the beginning of its first", async () => {
    model.when(/^paste/).reply("Read.");
    model.when("more").reply("Also read.");
    await using page = await open(context, server.origin, troubles);
    const sent: number[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/api/chat") sent.push(request.postDataJSON().messages.length);
    });
    await say(page, `paste ${"😀".repeat(2_000)}`);
    await see(page, "Read.");
    await idle(page);
    await say(page, "more");
    await see(page, "Also read.");
    assertEquals(sent, [1, 1], "the server takes 4 MB at once");
    const title = await page.getByRole("heading", { level: 1 }).textContent() ?? "";
    assert(title.startsWith("paste 😀") && title.length < 1_000 && title.isWellFormed(), title);
  });

  for (
    const [what, text] of [
      ["quotes in quotes", ">".repeat(50_001)],
      ["links that never end", `${"[".repeat(100_000)} [a](${"b".repeat(100_000)}`],
      ["code that never ends", `${"`".repeat(100_002)} a`],
    ] as const
  ) {
    test(`[I8] the page lives on when the model writes ${what}`, async () => {
      model.when(what).reply(text);
      model.when(`go on (${text.length})`).reply("Here I am.");
      await using page = await open(context, server.origin, troubles);
      await say(page, what);
      await page.getByRole("article").waitFor();
      await idle(page);
      await say(page, `go on (${text.length})`);
      await see(page, "Here I am.");
      assertEquals(troubles, []);
    });
  }

  test("[I8] what is said to a server that is gone is not lost, and the page says so", async () => {
    await using page = await open(context, server.origin, []);
    assertEquals(await server.stop(), 0);
    await say(page, "a long letter");
    await page.getByRole("alert").getByText("could not be started").waitFor();
    assertEquals(await page.getByLabel("Message").inputValue(), "a long letter");
  });
});
