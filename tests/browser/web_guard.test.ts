import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { request } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Runtime, startWebServer, type WebServer } from "./web_server.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];

for (const runtime of RUNTIMES) {
  describe(`who may come in to the web app, served by ${runtime} (real)`, () => {
    const folder = mkdtempSync(join(tmpdir(), "web-guard-"));
    let server: WebServer;
    let cookie: string;

    before(async () => {
      server = await startWebServer(runtime, folder, { CODEX_DEMO_MODEL: "scripted" });
      const opened = await ask("GET", server.address);
      assertEquals([opened.status, opened.headers["location"]], [303, "/"]);
      const [set = ""] = opened.headers["set-cookie"] ?? [];
      assert(/; HttpOnly/.test(set) && /; SameSite=Strict/.test(set), set);
      cookie = set.split(";")[0]!;
    });

    after(async () => {
      if (server !== undefined) assertEquals(await server.stop(), 0);
      rmSync(folder, { recursive: true, force: true });
    });

    /** Not `fetch`, which chooses these headers by itself. */
    function ask(method: string, url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const sent = request(
          new URL(url, server.origin),
          { method, headers: { connection: "close", ...headers } },
          (answer) => {
            let text = "";
            answer.setEncoding("utf8").on("data", (part) => text += part);
            answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
          },
        );
        sent.on("error", reject).end();
      });
    }
    const status = async (...given: Parameters<typeof ask>) => (await ask(...given)).status;

    test("[I8] whoever has the key has a session, and nobody else; the key opens one page alone", async () => {
      assertEquals(await status("GET", "/", { cookie }), 200);
      assertEquals(await status("GET", "/"), 401);
      assertEquals(await status("GET", "/main.js"), 401);
      assertEquals(await status("GET", "/", { cookie: `${cookie}x` }), 401);
      assertEquals(await status("GET", "/?key=", {}), 401);
      assertEquals(await status("GET", `/api/events${new URL(server.address).search}`), 401);
      assertEquals(await status("POST", "/api/threads", { origin: server.origin }), 401);
    });

    test("[I8] another host's name is refused, which somebody has let lead here", async () => {
      for (
        const host of ["evil.example", `evil.example:${new URL(server.origin).port}`, "127.0.0.1.evil.example", "[::1]"]
      ) {
        assertEquals(await status("GET", "/", { cookie, host }), 403, host);
      }
      const search = new URL(server.address).search;
      assertEquals(await status("GET", `/${search}`, { host: "evil.example" }), 403);
      assertEquals(await status("GET", "/", { cookie, host: `localhost:${new URL(server.origin).port}` }), 200);
    });

    test("[I8] another site's page is refused, and whoever does not say where a change comes from", async () => {
      for (
        const origin of ["https://evil.example", "null", "http://127.0.0.1:1", server.origin.replace("http", "https")]
      ) {
        assertEquals(await status("POST", "/api/threads", { cookie, origin }), 403, origin);
        assertEquals(await status("GET", "/api/events", { cookie, origin }), 403, origin);
        assertEquals(await status("OPTIONS", "/api/threads", { cookie, origin }), 403, origin);
      }
      assertEquals(await status("POST", "/api/threads", { cookie }), 403);
      const made = await ask("POST", "/api/threads", { cookie, origin: server.origin });
      assertEquals(made.status, 200);
      assertEquals(await status("GET", "/api/nothing", { cookie }), 404);
    });

    test("[I8] every answer keeps scripts of others, frames and readers of others away", async () => {
      for (const url of ["/", "/main.js", "/main.css", "/api/nothing", "/?key=wrong"]) {
        const { headers } = await ask("GET", url, { cookie });
        assertStringIncludes(String(headers["content-security-policy"]), "default-src 'none'; script-src 'self';");
        assert(!/unsafe|\*/.test(String(headers["content-security-policy"])));
        assertEquals(headers["x-content-type-options"], "nosniff");
        assertEquals(headers["cross-origin-resource-policy"], "same-origin");
        assertEquals(headers["access-control-allow-origin"], undefined);
      }
      const { text } = await ask("GET", "/", { cookie });
      assert(!/<script>|<style|onload=/.test(text), "nothing in the page itself is a script or a style");
    });
  });
}
