import { codexHome, command, functionCall, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext } from "playwright-core";
import { agentOf, spawns } from "../real/agents.ts";
import { mcpToml } from "../real/mcp_toml.ts";
import { openChromium } from "./open_chromium.ts";
import { approve, idle, open, say, see, signedIn } from "./web_page.ts";
import { startWebServer, type WebServer } from "./web_server.ts";

describe("questions in the web app (real)", () => {
  const ends = new AsyncDisposableStack();
  const model = new ScriptedModel();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "web-questions-")));
  const troubles: string[] = [];
  let browser: Browser;
  let server: WebServer;
  let context: BrowserContext;

  before(async () => {
    ends.defer(() => rmSync(folder, { recursive: true, force: true }));
    const listener = ends.use(await model.listen());
    const home = ends.use(await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request", toml: mcpToml() }));
    browser = ends.use(await openChromium());
    server = await startWebServer("deno", folder, { ...home.env, CODEX_DEMO_MODEL: "real" });
    ends.defer(async () => assertEquals(await server.stop(), 0));
    context = await signedIn(browser, server);
  });

  after(() => ends.disposeAsync());

  test("[I8] what a sub-agent asks is asked in the turn that it works for, also after a reload", async () => {
    agentOf(model, "the part").reply(command("touch part", { escalate: true })).reply("part done");
    const script = model.when(({ userTexts }) => userTexts.includes("have it done"));
    spawns(script, "the part");
    script.reply("All done.");
    await using page = await open(context, server.origin, troubles);
    await say(page, "have it done");
    await page.getByRole("region", { name: /touch part/ }).getByText("waits for you").waitFor();
    await page.reload();
    await approve(page);
    await see(page, "All done.");
    await page.getByText("is done: part done").waitFor();
    assertEquals(existsSync(join(folder, "part")), true);
    await idle(page);
    assertEquals(troubles, []);
  });

  test("[I8] the form of an MCP server is filled in at the page, one of another is refused", async () => {
    for (const said of ["fill in", "refuse it"]) {
      model.when(said).always((request) => {
        const output = request.toolOutput(`ask ${said}`);
        if (output !== null) return [message(`It said ${output}`)];
        // Its tools are there when it has started.
        if (!JSON.stringify(request.body.tools).includes("mcp__asker")) return [command("sleep 0.2")];
        return [functionCall("ask", {}, { namespace: "mcp__asker", callId: `ask ${said}` })];
      });
    }
    await using page = await open(context, server.origin, troubles);
    await say(page, "fill in");
    await approve(page);
    const form = page.getByRole("region", { name: "Question" });
    await form.getByRole("textbox").fill("Ada <b>");
    await form.getByRole("button", { name: "Answer" }).click();
    await see(page, "It said");
    assertStringIncludes(await page.getByRole("article").last().innerText(), "Ada <b>");
    await idle(page);
    await say(page, "refuse it");
    await approve(page);
    await form.getByRole("button", { name: "Refuse" }).click();
    await page.getByRole("article").last().getByText(/It said .*decline/s).waitFor();
    await idle(page);
    assertEquals(troubles, []);
  });
});
