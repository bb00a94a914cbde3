// deno-lint-ignore-file no-control-regex -- none may be left in a page
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { codexHome, command, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type RunningInspect, startInspect } from "../cli/inspect/running.ts";
import { openChromium } from "./open_chromium.ts";

const RECORDING = fileURLToPath(new URL("../testing/transcripts/readme.jsonl", import.meta.url));

const ends = new AsyncDisposableStack();
const root = realpathSync(mkdtempSync(join(tmpdir(), "inspect é-")));
/** What went wrong on a page without being seen: errors, what the policy forbade, what was loaded from elsewhere. */
const troubles: string[] = [];
let browser: Browser;

before(async () => {
  ends.defer(() => rmSync(root, { recursive: true, force: true }));
  browser = ends.use(await openChromium());
});

after(async () => {
  await ends.disposeAsync();
  assertEquals(troubles, []);
});

/** Opens the inspector's page. */
async function open(inspect: RunningInspect): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, acceptDownloads: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (entry) => {
    // That the inspector has gone, where a test ends it.
    if (entry.type() === "error" && !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED|EMPTY_RESPONSE)/.test(entry.text())) {
      troubles.push(entry.text());
    }
  });
  page.on("dialog", (dialog) => {
    troubles.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const isOurs = request.url().startsWith(inspect.url) || /^(data|blob):/.test(request.url());
    if (!isOurs) troubles.push(`from elsewhere: ${request.url()}`);
  });
  await page.goto(inspect.url);
  await page.getByText(/^live/).waitFor();
  return page;
}

const line = (page: Page, text: string | RegExp) => page.locator(".line").filter({ hasText: text });
const tab = (page: Page, name: string) => page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();

function recording(name: string, entries: readonly object[]): string {
  const path = join(root, name);
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  return path;
}

describe("the page of inspect in Chromium", () => {
  test("[C3] (real) by hand: requests from the form, a question answered, the conversation beside it", async () => {
    const model = new ScriptedModel();
    model.reply(command("echo asked", { escalate: true, justification: "to see" })).reply(message(["It is ", "done."]));
    await using listener = await model.listen();
    await using home = await codexHome({
      modelUrl: listener.url,
      approvalPolicy: "on-request",
      sandboxMode: "workspace-write",
    });
    await using inspect = await startInspect([], { env: home.env, cwd: root });
    const page = await open(inspect);

    await tab(page, "Request");
    await page.getByLabel("method", { exact: true }).fill("thread/start");
    await page.getByLabel("method", { exact: true }).press("Tab");
    // What the form asks for is told in the protocol's own words.
    assert((await page.locator("#panel .docs").allInnerTexts()).some((text) => text.length > 40), "no documentation");
    await page.locator(".field", { hasText: "cwd" }).first().locator("input").fill(root);
    assertEquals(JSON.parse(await page.getByLabel("params as JSON").inputValue()), { cwd: root });
    await page.getByRole("button", { name: "Send" }).click();
    await line(page, "thread/started").first().waitFor();

    await page.getByLabel("method", { exact: true }).fill("turn/start");
    await page.getByLabel("method", { exact: true }).press("Tab");
    const params = JSON.parse(await page.getByLabel("params as JSON").inputValue());
    assertMatch(params.threadId, /^[0-9a-f-]{36}$/);
    assertEquals(params.input, [{ type: "text", text: "" }]);
    await page.locator('.field input[name="input"]').fill('[{"type":"text","text":"Do it."}]');
    await page.getByRole("button", { name: "Send" }).click();

    await tab(page, "Questions \\(1\\)");
    const question = page.locator(".asking");
    assertStringIncludes(await question.innerText(), "to see");
    await question.getByRole("button", { name: "accept", exact: true }).click();
    await line(page, "turn/completed").waitFor();
    await page.getByText("The server asks nothing at the moment.").waitFor();

    await tab(page, "State");
    await page.locator(".item", { hasText: "It is done." }).first().waitFor();
    await page.getByRole("button", { name: /^Turn 1/ }).click();
    await page.getByText(/^\d+ of \d+ lines$/).waitFor();
    await tab(page, "Details");
    await line(page, "item/commandExecution/requestApproval").first().click();
    assertStringIncludes(await page.locator("#panel").innerText(), "question of the server");
    await page.getByRole("button", { name: "Copy as TypeScript" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assertStringIncludes(copied, '"item/commandExecution/requestApproval": (params) => ({ decision: "accept" })');

    // When it came, how long after the line before it, and how long its answer took.
    const asked = line(page, "item/commandExecution/requestApproval").first();
    assertMatch(await asked.locator(".time").innerText(), /^\d+\.\d{3}$/);
    assertMatch(await asked.locator(".gap").innerText(), /^\+[\d.]+ (ms|s)$/);
    assertMatch(await asked.locator(".took").innerText(), /^[\d.]+ (ms|s|min)$/);
    // The answer is to be seen from its request.
    await page.getByRole("button", { name: /^reply of the client/ }).click();
    assertStringIncludes(await page.locator("#panel").innerText(), "accept");
    await inspect.end();
    await page.getByText("the inspector is gone; what is here stays").waitFor();
    await line(page, "turn/completed").first().waitFor();
  });

  test("[C3] (real) between a client and the server: live, and what is asked of the client is left to it", async () => {
    const model = new ScriptedModel();
    model.reply(command("echo asked", { escalate: true })).reply("Done.");
    await using listener = await model.listen();
    await using home = await codexHome({
      modelUrl: listener.url,
      approvalPolicy: "on-request",
      sandboxMode: "workspace-write",
    });
    await using inspect = await startInspect(["--wait"], { env: home.env });
    const page = await open(inspect);
    const asked = Promise.withResolvers<void>();
    await using codex = await Codex.start({
      codexBin: inspect.shim,
      env: home.env,
      cwd: root,
      onStderr: () => {},
      handlers: {
        "item/commandExecution/requestApproval": async () => {
          await asked.promise;
          return { decision: "decline" };
        },
      },
    });
    const thread = await codex.threadStart();
    const turn = thread.run("Go.");
    await tab(page, "Questions \\(1\\)");
    await page.getByText("Asked of the client that is inspected").waitFor();
    assertEquals(await page.locator(".asking button").count(), 0);
    asked.resolve();
    assertEquals(finalResponse(await turn), "Done.");
    await line(page, "turn/completed").waitFor();
    await page.getByText("The server asks nothing at the moment.").waitFor();
  });

  test("[C3] what a model or a client says does nothing: HTML, escapes, text that turns round, names of all objects", async () => {
    const evil =
      `<img src=x onerror="alert(1)"><script>alert(2)</script>\u001b[31mred\u001b]8;;https://evil.example\u0007\u202egnp.exe\u2066\u0000 javascript:alert(3)`;
    const ids = ["__proto__", "constructor", evil];
    const entries = ids.flatMap((id, at) => [
      {
        t: at,
        dir: "out",
        line: JSON.stringify({ id: evil, method: `turn/start ${evil}`, params: { threadId: id, [evil]: evil } }),
      },
      { t: at, dir: "in", line: JSON.stringify({ id: evil, result: { turn: { id: evil, status: evil } } }) },
      {
        t: at,
        dir: "in",
        line: JSON.stringify({ method: "thread/started", params: { thread: { id, name: evil, parentThreadId: id } } }),
      },
      {
        t: at,
        dir: "in",
        line: JSON.stringify({
          method: "turn/started",
          params: { threadId: id, turn: { id: evil, items: [], status: evil } },
        }),
      },
      {
        t: at,
        dir: "in",
        line: JSON.stringify({
          method: "item/completed",
          params: { threadId: id, turnId: evil, item: { type: evil, id: evil, text: evil } },
        }),
      },
      {
        t: at,
        dir: "in",
        line: JSON.stringify({ id: `q${at}`, method: evil, params: { threadId: id, command: evil, reason: evil } }),
      },
      { t: at, dir: "in", line: evil },
      { t: at, dir: "in", line: `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}` },
    ]);
    await using inspect = await startInspect(["--open", recording(`evil<b>.jsonl`, entries)]);
    const page = await open(inspect);
    await page.getByText(`${entries.length} lines`).waitFor();
    for (const name of ["Details", "State", "Questions", "Compare", "Request"]) {
      await tab(page, name);
      for (let at = 0; at < entries.length; at += name === "State" ? 3 : 1) {
        await page.locator("#list").evaluate(
          (list, at) => list.querySelectorAll<HTMLElement>(".line")[at]?.click(),
          at,
        );
        if (name === "State") await tab(page, name);
      }
    }
    assertEquals(await page.locator("img, script:not([src='page.js']), iframe, object, [onerror], a[href]").count(), 0);
    const shown = await page.locator("body").innerText();
    assertEquals(
      /.{0,40}[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069].{0,40}/.exec(shown)?.[0],
      undefined,
      "nothing unseen is left",
    );
    assertStringIncludes(shown, "<img src=x");
    assertEquals(await page.evaluate(() => Object.keys(Object.prototype)), []);
  });

  test("[C3] 100,000 lines: what is seen is drawn, and no more; the end, a search and a thread are at hand", async () => {
    const delta = (n: number) => ({ threadId: `t${n % 3}`, turnId: `u${n % 7}`, itemId: "i", delta: `word${n} ` });
    const entries = Array.from({ length: 100_000 }, (_, n) => ({
      t: n,
      dir: "in",
      line: JSON.stringify({ method: "item/agentMessage/delta", params: delta(n) }),
    }));
    const path = recording("long.jsonl", entries);
    await using inspect = await startInspect(["--open", path]);
    const page = await open(inspect);
    await page.getByText("100000 lines", { exact: true }).waitFor();
    assert(await page.locator(".line").count() < 120, "all of them are drawn");
    await line(page, "word99999").waitFor();
    await page.locator("#list").evaluate((list) => list.scrollTop = 0);
    await line(page, "word0 ").waitFor();
    await page.getByRole("searchbox").fill("word89998");
    await page.getByText("1 of 100000 lines", { exact: true }).waitFor();
    await line(page, "word89998").click();
    await tab(page, "State");
    await page.getByText(/made of 89999 lines/).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "deltas" }).click();
    await page.getByText("0 of 100000 lines").waitFor();

    await using few = await startInspect(["--open", path, "--max-events", "1000"]);
    const bounded = await open(few);
    await bounded.getByText("99000 older lines are gone").waitFor();
    await bounded.getByText("1000 lines", { exact: true }).waitFor();
  });

  test("[C3] recordings: opened on the page, compared, shown again as they went, and saved", async () => {
    const changed = join(root, "changed.jsonl");
    writeFileSync(changed, readFileSync(RECORDING, "utf8").replace("It counts ", "It eats "));
    await using inspect = await startInspect(["--open", RECORDING]);
    const page = await open(inspect);
    await page.getByText("24 lines", { exact: true }).waitFor();
    await page.getByLabel("open a recording").setInputFiles([changed]);
    await line(page, "It eats").first().waitFor();
    await page.getByRole("button", { name: "Compare" }).first().click();
    await page.locator("#panel").getByRole("button", { name: "Compare" }).click();
    await page.getByText("23 lines are alike but for ids and times, 1 are not.").waitFor();
    await page.locator(".places code", { hasText: "params.delta" }).waitFor();

    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save" }).click();
    const lines = (text: string) => text.trim().split("\n").filter((line) => !line.includes('"dir":"end"'));
    assertEquals(lines(readFileSync(await (await saved).path(), "utf8")), lines(readFileSync(changed, "utf8")));

    await page.getByLabel("up to when").fill("500");
    await page.getByText(/^[1-9]\d? of 24 lines$/).waitFor();
    await page.getByLabel("speed").selectOption("50");
    await page.getByRole("button", { name: "Replay" }).click();
    await page.getByText("24 lines", { exact: true }).waitFor();
    await page.getByLabel("open a recording").setInputFiles([fileURLToPath(import.meta.url)]);
    await page.getByRole("alert").getByText("Line 1 is no entry of a recording").waitFor();
  });

  test("[C3] it can be used without a mouse", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    const page = await open(inspect);
    await page.getByText("24 lines", { exact: true }).waitFor();
    await page.locator("#list").focus();
    for (let times = 0; times < 3; times++) await page.keyboard.press("ArrowDown");
    await page.locator("#panel h2", { hasText: "configWarning" }).waitFor();
    await page.keyboard.press("PageDown");
    await page.locator(".line.selected", { hasText: "thread/status/changed" }).waitFor();
  });
});
