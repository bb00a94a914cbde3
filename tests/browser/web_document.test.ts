import { codexHome, command, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openChromium } from "./open_chromium.ts";
import { denoDir } from "./web_server.ts";

const WEB = fileURLToPath(new URL("../../examples/web", import.meta.url));
const DOCUMENT = readFileSync(new URL("../../docs/web.md", import.meta.url), "utf8");

/** The code of a file in the document. */
function code(name: string): string {
  const found = DOCUMENT.match(/^```tsx? ignore\n[^]*?^```$/gm)?.find((block) => block.includes(`\n// ${name}\n`));
  if (found === undefined) throw new Error(`docs/web.md has no ${name}`);
  return found.split("\n").slice(1, -1).join("\n");
}

describe("docs/web.md (real)", () => {
  test("[I8] the page of one's own that it leads to asks, runs what is approved, and answers", async () => {
    await using ends = new AsyncDisposableStack();
    const model = new ScriptedModel().reply(
      "I will look.",
      command("echo looked", { escalate: true, justification: "To look." }),
    );
    model.reply((request) => [`It says: ${request.commandOutput()?.trim()}`]);
    const listener = ends.use(await model.listen());
    const home = ends.use(await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request" }));

    const folder = mkdtempSync(join(tmpdir(), "web-document-"));
    ends.defer(() => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(join(WEB, "node_modules"), join(folder, "node_modules"), "junction");
    for (const name of ["server.ts", "page.tsx"]) writeFileSync(join(folder, name), code(name));
    const args = ["run", "-A", "--no-check", "--config", join(WEB, "deno.json"), "server.ts"];
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { ...process.env, DENO_DIR: denoDir(), ...home.env, PORT: "0", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const exited = once(child, "exit");
    ends.defer(async () => {
      child.kill();
      await exited;
    });
    const address = await new Promise<string>((resolve, reject) => {
      let heard = "";
      const onLine = (line: string) => {
        heard += `${line}\n`;
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
        if (found !== undefined) resolve(found);
      };
      for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", onLine);
      exited.then(() => reject(new Error(`The server of the document ended:\n${heard}`)));
    });

    const browser = ends.use(await openChromium());
    const page = await browser.newPage();
    const troubles: string[] = [];
    page.on("pageerror", (error) => troubles.push(error.message));
    await page.goto(address);
    await page.getByLabel("Message").fill("look");
    await page.keyboard.press("Enter");
    await page.getByText("To look.").waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("It says: looked").waitFor();
    assertEquals(await page.locator("pre").textContent(), "looked\n");
    await page.getByRole("button", { name: "Send" }).waitFor();
    assertEquals(troubles, []);
  });
});
