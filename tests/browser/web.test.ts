// deno-lint-ignore-file no-control-regex -- none may be left in a page
import {
  codexHome,
  command,
  functionCall,
  message,
  reasoning,
  ScriptedModel,
  usage,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openChromium } from "./open_chromium.ts";
import { approve, focused, idle, open, say, see, signedIn } from "./web_page.ts";
import { type Runtime, startWebServer, type WebServer } from "./web_server.ts";

const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];

const ends = new AsyncDisposableStack();
const model = new ScriptedModel();
const root = realpathSync(mkdtempSync(join(tmpdir(), "web é-")));
/** What went wrong on a page without being seen. */
const troubles: string[] = [];
let browser: Browser;
let env: Readonly<Record<string, string>>;

before(async () => {
  ends.defer(() => rmSync(root, { recursive: true, force: true }));
  const listener = ends.use(await model.listen());
  const home = ends.use(await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request" }));
  env = { ...home.env, CODEX_DEMO_MODEL: "real" };
  browser = ends.use(await openChromium());
});

after(() => ends.disposeAsync());

for (const runtime of RUNTIMES) {
  describe(`the web app, served by ${runtime} (real)`, () => {
    const folder = join(root, runtime);
    let server: WebServer;
    let context: BrowserContext;

    before(async () => {
      mkdirSync(folder);
      server = await startWebServer(runtime, folder, env);
      context = await signedIn(browser, server);
    });

    after(async () => {
      await context?.close();
      assertEquals(troubles, []);
      if (server !== undefined) assertEquals(await server.stop(), 0, "Ctrl-C ends it");
    });

    /** A new thread on a page of its own; what is said is the runtime's, so that no other test's script answers it. */
    async function begin(said: string): Promise<Page> {
      const page = await open(context, server.origin, troubles);
      await say(page, `${said} (${runtime})`);
      return page;
    }
    const when = (said: string) => model.when(`${said} (${runtime})`);

    test("[I8] an answer comes word by word", async () => {
      const gate = model.gate();
      when("greet").reply(
        message(["Good ", gate, "morning, **you**."]),
        usage({ inputTokens: 1200, outputTokens: 34 }),
      );
      await using page = await begin("greet");
      await see(page, "Good");
      await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
      assertEquals(await page.getByText("morning").count(), 0);
      gate.release();
      await page.getByRole("article").getByText("Good morning, you.").waitFor();
      assertEquals(await page.locator("article strong").textContent(), "you");
      await page.getByText("1.2K tokens").waitFor();
      await idle(page);
    });

    test("[I8] a command asks; approved, its output grows while it runs", async () => {
      const go = join(folder, "go");
      const loop =
        `i=0; until [ -e go ]; do i=$((i+1)); echo "tick $i"; sleep 0.1; done; printf '\\033[32mgone\\033[0m\\n'`;
      when("run").reply(command(loop, { escalate: true, justification: "To see it tick." })).reply("It ticked.");
      await using page = await begin("run");
      const card = page.getByRole("region", { name: /^Command: / }).first();
      await card.getByText("To see it tick.").waitFor();
      assertStringIncludes(await card.locator("header code").textContent() ?? "", "until [ -e go ]");
      await approve(page);
      await card.getByText("tick 3", { exact: true }).waitFor();
      await card.getByText("running").waitFor();
      writeFileSync(go, "");
      await card.locator(".fg-2", { hasText: "gone" }).waitFor();
      await card.getByText(/^done/).waitFor();
      await see(page, "It ticked.");
      assert(await card.getByText("tick 1", { exact: true }).count() === 1, "the output has its beginning too, once");
    });

    test("[I8] a command that is refused is not run, and the model is told", async () => {
      when("refuse").reply(command("touch made.txt", { escalate: true })).reply((request) => [
        `I hear: ${request.toolOutput()?.includes("rejected") ? "rejected" : request.toolOutput()}`,
      ]);
      await using page = await begin("refuse");
      await page.getByRole("button", { name: "Refuse", exact: true }).click();
      await see(page, "I hear: rejected");
      await page.getByRole("region", { name: /^Command: / }).first().getByText("refused").waitFor();
      assert(!existsSync(join(folder, "made.txt")));
    });

    test("[I8] a patch is shown as a diff, and made when it is approved", async () => {
      const path = join(folder, "poem.txt");
      writeFileSync(path, "roses are blue\nviolets are blue\n");
      const patch =
        "*** Begin Patch\n*** Update File: poem.txt\n@@\n-roses are blue\n+roses are <b>red</b>\n violets are blue\n*** End Patch";
      when("patch").reply(command(`apply_patch <<'EOF'\n${patch}\nEOF`)).reply("Mended.");
      await using page = await begin("patch");
      const diff = page.getByRole("region", { name: "Changes in poem.txt" });
      await diff.locator(".removed", { hasText: "roses are blue" }).waitFor();
      await diff.locator(".added", { hasText: "roses are <b>red</b>" }).waitFor();
      await diff.locator(".same", { hasText: "violets are blue" }).waitFor();
      assertEquals(readFileSync(path, "utf8"), "roses are blue\nviolets are blue\n");
      await approve(page);
      await see(page, "Mended.");
      assertEquals(readFileSync(path, "utf8"), "roses are <b>red</b>\nviolets are blue\n");
    });

    test("[I8] a reload in mid-turn loses nothing and repeats nothing; nor does one while a question waits", async () => {
      const gate = model.gate();
      when("reload").reply(command("echo asked", { escalate: true })).reply(
        message(["First half, ", gate, "second half."]),
      );
      await using page = await begin("reload");
      await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
      await page.reload();
      await approve(page);
      await see(page, "First half,");
      await page.reload();
      await see(page, "First half,");
      await page.getByText("asked", { exact: true }).waitFor();
      gate.release();
      await page.getByText("First half, second half.", { exact: true }).waitFor();
      await idle(page);
      await page.reload();
      await page.getByText("First half, second half.", { exact: true }).waitFor();
      assertEquals(await page.getByRole("article").count(), 1);
      assertEquals(await page.locator(".user").count(), 1);
    });

    test("[I8] Escape stops the turn, and the next one can begin", async () => {
      const gate = model.gate();
      when("stop").reply(message(["On and on ", gate, "and on"]));
      when("again").reply("Here I am.");
      await using page = await begin("stop");
      await see(page, "On and on");
      await page.keyboard.press("Escape");
      await page.getByText("Stopped", { exact: true }).waitFor();
      gate.release();
      await idle(page);
      await say(page, `again (${runtime})`);
      await see(page, "Here I am.");
      assertEquals(await page.getByText("and on and on").count(), 0);
    });

    test("[I8] two tabs show one thread, and the answer that one gives is seen in the other", async () => {
      when("two tabs").reply(command("echo from a tab", { escalate: true })).reply("Both see it.");
      when("later").reply("Seen here too.");
      await using one = await begin("two tabs");
      await one.getByRole("button", { name: "Approve", exact: true }).waitFor();
      await using two = await context.newPage();
      await two.goto(one.url());
      await approve(two);
      for (const page of [one, two]) {
        await see(page, "Both see it.");
        await page.getByText("from a tab", { exact: true }).waitFor();
        await idle(page);
      }
      await say(two, `later (${runtime})`);
      for (const page of [one, two]) {
        await see(page, "Seen here too.");
        await idle(page);
        assertEquals(await page.getByText("Both see it.").count(), 1);
      }
    });

    test("[I8] the list shows the threads, which of them works or waits, and leads to each", async () => {
      const gate = model.gate();
      when("slow thread").reply(message([gate, "Slow."]));
      when("asking thread").reply(command("true", { escalate: true })).reply("Asked.");
      await using page = await begin("slow thread");
      const list = page.getByRole("navigation", { name: "Threads" });
      await list.getByRole("button", { name: `slow thread (${runtime}) works` }).waitFor();
      await list.getByRole("button", { name: "New thread" }).click();
      await page.getByRole("heading", { name: "What shall we do?" }).waitFor(); // else the old thread's field takes it
      await say(page, `asking thread (${runtime})`);
      await list.getByRole("button", { name: `asking thread (${runtime}) waits for your answer` }).waitFor();
      await list.getByRole("button", { name: /^slow thread/ }).click();
      await page.getByRole("heading", { name: /^slow thread/ }).waitFor();
      gate.release();
      await see(page, "Slow.");
      await page.goBack();
      await approve(page);
      await see(page, "Asked.");
    });

    if (runtime !== "deno") return; // what follows is of the page and of the handler, which are the same

    test("[I8] the agent's plan is there, also after a reload", async () => {
      const plan = (status: string) => ({ plan: [{ step: "Look", status }, { step: "Leap", status: "pending" }] });
      const gate = model.gate();
      when("plan").reply(functionCall("update_plan", plan("in_progress"))).reply(
        functionCall("update_plan", plan("completed")),
      ).reply(message([gate, "Planned."]));
      await using page = await begin("plan");
      await page.getByText("1 of 2").waitFor();
      await page.reload();
      await page.getByText("1 of 2").click();
      await page.getByRole("listitem").getByText("Leap").waitFor();
      gate.release();
      await see(page, "Planned.");
    });

    test("[I8] what was thought is folded, and opens; the page is light or dark as the system is", async () => {
      when("think").reply(reasoning("**Looking** at all the files"), "Thought over.");
      await using page = await begin("think");
      await see(page, "Thought over.");
      const thoughts = page.getByRole("article").getByText("at all the files");
      assertEquals(await thoughts.isVisible(), false);
      await page.getByRole("article").getByText("Looking", { exact: true }).click();
      await thoughts.waitFor();
      const paper = async (colorScheme: "light" | "dark") => {
        await page.emulateMedia({ colorScheme });
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        return Math.max(...colour.match(/\d+/g)!.slice(0, 3).map(Number));
      };
      assert(await paper("light") > 200 && await paper("dark") < 60);
    });

    test("[I8] however many tabs are open, the one that is looked at works; a hidden one catches up", async () => {
      when("behind the others").reply("In front.");
      await using page = await begin("behind the others");
      await see(page, "In front.");
      const hide = (hidden: boolean) => {
        Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      await page.evaluate(hide, true);
      await using tabs = new AsyncDisposableStack();
      for (let tab = 0; tab < 8; tab++) await tabs.use(await open(context, page.url(), troubles)).evaluate(hide, true);
      await using front = await open(context, page.url(), troubles);
      when("said in front").reply("Heard.");
      await say(front, `said in front (${runtime})`);
      await see(front, "Heard.");
      assertEquals(await page.getByText("Heard.").count(), 0);
      await page.evaluate(hide, false);
      await see(page, "Heard.");
    });

    test("[I8] output is hostile and stays a text: HTML, escape sequences, turned writing, endless lines", async () => {
      const nasty = [
        `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>`,
        "\x1b]0;title\x07\x1b]52;c;c2VjcmV0\x07\x1b[2J\x1b[Hplain \x1b[31mred\x1b[0m \x1b[38;5;9mtwo\x1b[m",
        "abc\u202egnp.exe\u2066\u200b\u009b31m",
        "wide ".repeat(6_000),
        "x".repeat(20_000),
        "gone\rkept",
        "", // below, the output's end
      ].join("\n");
      writeFileSync(join(folder, "nasty.txt"), nasty);
      const words =
        "[click](javascript:document.title='broken') [data](data:text/html,x) <b>bold</b> ![x](https://example.com/x.png) [web](https://example.com/a)";
      when("nasty").reply(command("cat nasty.txt", { escalate: true, justification: "\u202eesaelp" })).reply(words);
      await using page = await begin("nasty");
      await page.getByRole("alert").getByText("U+202E").waitFor();
      await approve(page);
      await see(page, "<b>bold</b>");
      const terminal = page.getByRole("region", { name: /^Output of/ });
      await page.getByRole("button", { name: /^Show the first/ }).click();
      await terminal.getByText("<script>").waitFor();
      const text = await terminal.textContent() ?? "";
      assertStringIncludes(text, "plain red two");
      assertStringIncludes(text, "abcU+202Egnp.exeU+2066U+200B");
      assertStringIncludes(text, "kept");
      assert(!text.includes("gone") && !/[\x1b\u202e\u2066\u009b]/.test(text), "no control is left");
      assertEquals(await terminal.locator(".fg-1").first().textContent(), "red");
      assertEquals(await page.title(), "Codex");
      assertEquals(await page.locator("img, article script, article iframe").count(), 0);
      const links = await page.locator("article a").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
      assertEquals(links, ["https://example.com/x.png", "https://example.com/a"], "of an image there is a link alone");
      assertEquals(
        await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        0,
        "no wider than the window",
      );
      assert(await terminal.evaluate((box) => box.scrollWidth <= box.clientWidth), "lines are folded");
    });

    test("[I8] of an endless output the end is shown, and how much is not", async () => {
      when("endless").reply(command("seq 1 40000", { escalate: true })).reply("Counted.");
      await using page = await begin("endless");
      await approve(page);
      await see(page, "Counted.");
      await page.getByText("40000", { exact: true }).waitFor();
      await page.getByText(/characters before this are left out/).waitFor();
    });

    test("[I8] another session finds nothing of it, and answers nothing", async () => {
      when("mine").reply(command("echo mine", { escalate: true })).reply("Still mine.");
      await using page = await begin("mine");
      await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
      const other = await signedIn(browser, server);
      const foreign = await other.newPage();
      await foreign.goto(page.url());
      await foreign.getByRole("heading", { name: "That thread is not here" }).waitFor();
      assertEquals(await foreign.getByRole("navigation").getByRole("listitem").count(), 0);
      const statuses = await foreign.evaluate(async (id) => {
        const post = (body: unknown) =>
          fetch("/api/chat", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          });
        const said = { id: "x", role: "user", parts: [{ type: "text", text: "hi" }], metadata: { threadId: id } };
        const approved = Array.from({ length: 100 }, (_, n) => ({
          type: "dynamic-tool",
          toolName: "commandExecution",
          toolCallId: `call_${n}`,
          state: "approval-responded",
          approval: { id: `${n}`, approved: true },
        }));
        const answered = { id: "y", role: "assistant", parts: approved, metadata: { threadId: id } };
        const all = [
          await post({ id: "c", messages: [said] }),
          await post({ id: "c", messages: [answered] }),
          await fetch(`/api/chat/${id}/stop`, { method: "POST" }),
          await fetch(`/api/events?thread=${id}`),
          await fetch(`/api/chat/${id}/stream`),
        ];
        return all.map(({ status }) => status);
      }, new URL(page.url()).hash.slice(1));
      assertEquals(statuses, [404, 404, 404, 404, 204]);
      await other.close();
      await approve(page);
      await see(page, "Still mine.");
    });

    test("[I8] it is used by keyboard: Enter, Shift and Enter, the order of the focus", async () => {
      when("first line\nsecond line").reply(command("true", { escalate: true })).reply("Done by keys.");
      await using page = await open(context, server.origin, troubles);
      assertEquals(await focused(page), "Message");
      await page.keyboard.type("first line");
      await page.keyboard.press("Shift+Enter");
      await page.keyboard.type(`second line (${runtime})`);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
      // The question does not take the focus: what is being typed must not approve it.
      await page.getByLabel("Message").focus();
      await page.keyboard.press("Shift+Tab");
      assertEquals(await focused(page), "Approve");
      await page.keyboard.press("Shift+Tab");
      assertEquals(await focused(page), "Refuse");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await see(page, "Done by keys.");
    });

    test("[I8] on a telephone nothing is cut off, and the list opens and closes", async () => {
      when("small").reply(`${"Long words ".repeat(40)}and a [link](https://example.com/${"very".repeat(60)}).`);
      await using page = await begin("small");
      await page.setViewportSize({ width: 360, height: 640 });
      await see(page, "and a");
      assertEquals(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
      const list = page.getByRole("navigation", { name: "Threads" });
      await list.waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Threads" }).click();
      await list.getByRole("button", { name: /^small/ }).waitFor();
      await page.keyboard.press("Escape");
      await list.waitFor({ state: "hidden" });
    });
  });
}
