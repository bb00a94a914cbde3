import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ask, messages, type RunningInspect, startInspect } from "./running.ts";

const RECORDING = fileURLToPath(new URL("../../testing/transcripts/readme.jsonl", import.meta.url));

/** Everything that the page has of its server. */
const PLACES = ["", "page.js", "page.css", "schema.json", "events", "api/request", "api/answer"];

const JSON_TYPE = { "Content-Type": "application/json" };

/** Asks at a place of the inspector with other headers, or below another token. */
async function statusOf(inspect: RunningInspect, place: string, headers: Record<string, string>, token?: string) {
  const isAct = place.startsWith("api/");
  const { origin, pathname } = new URL(inspect.url);
  const folder = token === undefined ? pathname : token === "" ? "/" : `/${token}/`;
  const options = isAct ? { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: "{}" } : { headers };
  return (await ask(`${origin}${folder}${place}`, options)).status;
}

describe("the page of inspect", () => {
  test("[C3] is on loopback, and its address has a token without which there is nothing: page, API and events", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    const { hostname, pathname } = new URL(inspect.url);
    assertEquals(hostname, "127.0.0.1");
    assertMatch(pathname, /^\/[\w-]{32}\/$/);
    await using other = await startInspect(["--open", RECORDING]);
    assert(new URL(other.url).pathname !== pathname, "each has a token of its own");
    for (const place of PLACES) {
      const tokens = [
        "",
        "x",
        pathname.slice(1, -2),
        `${pathname.slice(1, -1)}x`,
        new URL(other.url).pathname.slice(1, -1),
      ];
      for (const token of tokens) assertEquals(await statusOf(inspect, place, {}, token), 404, `${place} ${token}`);
    }
    assertEquals((await ask(inspect.url)).status, 200);
    assertEquals((await ask(inspect.url.slice(0, -1))).status, 404);
    assertEquals((await ask(`${inspect.url}../secret`)).status, 404);
    assertEquals((await ask(`${inspect.url}constructor`)).status, 404);
  });

  test("[C3] many pages are no matter, and nothing is said of them", async () => {
    const warnings: unknown[] = [];
    const warned = (warning: unknown) => void warnings.push(warning);
    process.on("warning", warned);
    try {
      await using inspect = await startInspect(["--open", RECORDING]);
      const pages = Array.from({ length: 30 }, () => inspect.hello());
      assertEquals(new Set((await Promise.all(pages)).map(({ session }) => session)).size, 1);
    } finally {
      process.off("warning", warned);
    }
    assertEquals(warnings, []);
  });

  test("[C3] another origin has nothing of it, nor has another name for this machine", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    const { host, port } = new URL(inspect.url);
    for (const place of PLACES) {
      const refused: Record<string, string>[] = [
        { Host: "evil.example" },
        { Host: `evil.example:${port}` },
        { Host: "127.0.0.1:1" },
        { Host: `127.0.0.1.evil.example:${port}` },
        { Origin: "https://evil.example" },
        { Origin: "null" },
        { Origin: `https://${host}` },
        { "Sec-Fetch-Site": "cross-site" },
        { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script" },
      ];
      for (const headers of refused) {
        assertEquals(await statusOf(inspect, place, headers), 403, JSON.stringify(headers));
      }
    }
    const link = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    assertEquals(await statusOf(inspect, "", link), 200);
    assertEquals(await statusOf(inspect, "api/request", link), 403);
    assertEquals(await statusOf(inspect, "", { Host: `localhost:${port}`, Origin: `http://localhost:${port}` }), 200);
    // What a form of another page could send.
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      assertEquals(await statusOf(inspect, "api/request", { "Content-Type": type }), 403, type);
    }
  });

  test("[C3] a strict policy stands in every answer, the refusals too", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    for (const url of [inspect.url, `${inspect.url}page.js`, `${inspect.url}nothing`, new URL("/", inspect.url).href]) {
      const { headers } = await ask(url);
      const policy = String(headers["content-security-policy"]);
      for (
        const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for"]
      ) {
        assertStringIncludes(policy, part);
      }
      assert(!/unsafe|\*|https?:/.test(policy), policy);
      assertEquals(headers["referrer-policy"], "no-referrer");
      assertEquals(headers["x-content-type-options"], "nosniff");
      assertEquals(headers["cross-origin-resource-policy"], "same-origin");
      assertEquals(headers["access-control-allow-origin"], undefined);
      assertEquals(headers["cache-control"], "no-store");
    }
    const { text } = await ask(inspect.url);
    assert(
      !/<script(?! type="module" src="page\.js">)|\son\w+=|style=|https?:/.test(text),
      "nothing inline, nothing from elsewhere",
    );
  });

  test("[C3] what is asked for on the page and makes no sense is said, and harms nothing", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    for (
      const [what, body] of [["request", {}], ["request", { method: 1 }], ["answer", {}], ["answer", {
        connection: 0,
        id: 1,
      }]] as const
    ) {
      const answer = await inspect.act(what, body);
      assertEquals(answer.status, 409, `${what} ${JSON.stringify(body)}`);
      assertEquals(typeof answer.body["error"], "string");
    }
    assertEquals((await inspect.act("nothing", {})).status, 404);
    for (const body of ["", "[]", "null", "{", '"x"']) {
      assertEquals((await ask(`${inspect.url}api/request`, { method: "POST", headers: JSON_TYPE, body })).status, 409);
    }
  });

  test("[C3] a recording is shown without its secrets, unless they are asked for", async () => {
    const path = join(tmpdir(), `inspect-secret-${process.pid}.jsonl`);
    const key = "correct-horse-battery-staple";
    const lines = [
      {
        t: 0,
        dir: "out",
        line: JSON.stringify({ id: 1, method: "account/login/start", params: { type: "apiKey", apiKey: key } }),
      },
      {
        t: 2,
        dir: "in",
        line: JSON.stringify({ method: "warning", params: { message: `bad key ${key} in /home/ada/x` } }),
      },
      { t: 3, dir: "end" },
    ];
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    try {
      for (const showSecrets of [false, true]) {
        await using inspect = await startInspect(["--open", path, ...(showSecrets ? ["--show-secrets"] : [])]);
        const events = await inspect.seen((all) => all.length === 2);
        const text = JSON.stringify(events);
        assertEquals(text.includes(key), showSecrets);
        assertEquals(text.includes("/home/ada"), showSecrets);
        assertEquals(text.includes("[redacted]"), !showSecrets);
        assertEquals((await inspect.hello()).redacted, !showSecrets);
      }
    } finally {
      await rm(path);
    }
  });

  test("[C3] a page that comes back gets what it has missed; one that knew another inspector gets all", async () => {
    await using inspect = await startInspect(["--open", RECORDING]);
    const { session } = await inspect.hello();
    const first = async (after: string) => {
      for await (const { event, data } of messages(`${inspect.url}events?after=${after}`)) {
        if (event === "message") return (data as { events: { n: number }[] }).events[0]?.n;
      }
    };
    assertEquals(await first(""), 0);
    assertEquals(await first(`${session}:5`), 5);
    assertEquals(await first("another:5"), 0);
    assertEquals(await first(`${session}:-1`), 0);
    assertEquals(await first(`${session}:x`), 0);
  });

  test("[C3] a command line that makes no sense is exit code 2, with what to do; --help is not", async () => {
    const { main } = await import("@codex-app-server/sdk/cli");
    const { fakeIo } = await import("../fake_io.ts");
    for (
      const [args, expected] of [
        [["--prot", "1"], /--port meant/],
        [["--port", "x"], /--port is a whole number/],
        [["--port", "70000"], /0 to 65535/],
        [["--max-events", "0"], /--max-events/],
        [["--"], /there is none/],
        [["--wait", "--", "true"], /leave out/],
        [["--attach", "ws://x", "--", "true"], /--attach/],
        [["--attach", "http://x"], /ws:/],
        [["--keep"], /--keep/],
        [["--replay", RECORDING], /--replay needs a client/],
        [["--replay", "/nothing/there", "--wait"], /Cannot replay/],
        [["--open", "/nothing/there"], /Cannot open/],
        [["--open", fileURLToPath(import.meta.url)], /line 1 is no entry/],
        [["--save", RECORDING], /there already/],
        [["my-editor"], /one argument too many/],
        [["--", "/nothing/there"], /Cannot start/],
      ] as const
    ) {
      const { io, err } = fakeIo({ env: { PATH: process.env["PATH"] ?? "" }, cwd: process.cwd() });
      assertEquals(await main(["inspect", ...args], io), 2, `${args.join(" ")}: ${err()}`);
      assertMatch(err(), expected);
    }
    const { io, out } = fakeIo();
    assertEquals(await main(["inspect", "--help"], io), 0);
    for (const option of ["--attach", "--open", "--replay", "--show-secrets", "--wait"]) {
      assertStringIncludes(out(), option);
    }
  });
});
