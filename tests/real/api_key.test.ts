import {
  Codex,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  recordingTransport,
  type ServerConfig,
  StartError,
  stdioTransport,
  websocketTransport,
} from "@codex-app-server/sdk";
import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { killAll, processesWith, seesProcesses } from "./processes.ts";
import { listeningServer } from "./listening_server.ts";

const KEY = "key.of~an+odd/shape-0123456789";
const STORED = "sk-stored-0123456789abcdef";
const EPHEMERAL = 'cli_auth_credentials_store="ephemeral"';
/** A provider that wants a login. OpenAI's own tries a WebSocket for six seconds first. */
const PROVIDER: ServerConfig = { model_providers: { mock: { requires_openai_auth: true } } };

interface World {
  readonly model: ScriptedModel;
  readonly home: string;
  readonly url: string;
  /** Options for a server whose provider wants a login. */
  readonly options: { readonly env: Readonly<Record<string, string>>; readonly config: ServerConfig };
}

async function withModel(body: (world: World) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  await using listener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url });
  const options = { env: home.env, config: PROVIDER };
  await body({ model, home: home.path, url: listener.url, options });
}

/** Everything of a home that is text, by path, but for what every server writes. */
async function contents(home: string): Promise<string> {
  const names = await readdir(home, { recursive: true });
  const texts = await Promise.all(names.map((name) => readFile(join(home, name), "latin1").catch(() => "")));
  return texts.join("\n");
}

describe("apiKey (real)", () => {
  test("[V5] baseUrl is where OpenAI's own provider is reached, with the key", async () => {
    await withModel(async ({ model, url: baseUrl, options: { env } }) => {
      await using codex = await Codex.start({ env, baseUrl, apiKey: KEY, config: { model_provider: "openai" } });
      model.reply("hello");
      const turn = await (await codex.threadStart({ model: "gpt-5" })).run("hi");
      assertEquals(finalResponse(turn), "hello");
      assertEquals(model.requests[0]?.headers["authorization"], `Bearer ${KEY}`);
    });
  });

  test("[V5] a turn runs with it, nothing of it is on disk, and a stored login stays as it is", async () => {
    await withModel(async ({ model, home, options }) => {
      {
        await using codex = await Codex.start(options);
        await codex.loginApiKey(STORED);
      }
      const before = await readFile(join(home, "auth.json"), "utf8");
      assertStringIncludes(before, STORED);
      {
        await using codex = await Codex.start({ ...options, apiKey: KEY });
        assertEquals((await codex.account()).account?.type, "apiKey");
        model.reply("hello");
        const turn = await (await codex.threadStart()).run("hi");
        assertEquals(finalResponse(turn), "hello");
        assertEquals(model.requests.map(({ headers }) => headers["authorization"]), [`Bearer ${KEY}`]);
      }
      assertEquals(await readFile(join(home, "auth.json"), "utf8"), before);
      assert(!(await contents(home)).includes(KEY), "the key is on disk");
      // The stored login is still in force for whoever does not bring a key.
      await using codex = await Codex.start(options);
      model.reply("hello");
      await (await codex.threadStart()).run("hi");
      assertEquals(model.requests.at(-1)?.headers["authorization"], `Bearer ${STORED}`);
    });
  });

  test(
    "[V5] it is on no command line and in no environment",
    { skip: seesProcesses ? false : "needs /proc" },
    async () => {
      await withModel(async ({ home, options }) => {
        await using _codex = await Codex.start({ ...options, apiKey: KEY });
        const ids = await processesWith(home);
        assert(ids.length > 0);
        for (const id of ids) {
          for (const file of ["cmdline", "environ"]) {
            assert(!(await readFile(`/proc/${id}/${file}`, "utf8").catch(() => "")).includes(KEY), file);
          }
        }
      });
    },
  );

  test("[V5] a model that repeats it, a log and a crash bring it into no error, diagnostic or event", async () => {
    await withModel(async ({ model, home, options }) => {
      const seen: unknown[] = [];
      const onDiagnostic = (diagnostic: Diagnostic) => seen.push(diagnostic);
      const env = { ...options.env, RUST_LOG: "trace" };
      const codex = await Codex.start({ ...options, env, apiKey: KEY, onDiagnostic });
      try {
        model.reply(`You gave me ${KEY} just now`).reply("unused");
        const turn = await (await codex.threadStart()).run("hi");
        seen.push(turn);
        seen.push(await codex.requestRaw("thread/read", { threadId: KEY }).catch((error) => error));
        if (seesProcesses) await killAll(home);
        else await codex.close();
        seen.push(await codex.closed, await codex.account().catch((error) => error));
      } finally {
        await codex.close();
      }
      for (const thing of seen) {
        const { message, stack, stderrTail } = thing as Error & { stderrTail?: string };
        const text = [JSON.stringify(thing), message, stack, stderrTail].join("\n");
        assert(!text.includes(KEY), text.slice(0, 500));
      }
      assertStringIncludes(JSON.stringify(seen), "You gave me [redacted] just now");
    });
  });

  test("[V5] a server that is started anew is given it again, with strict validation too", async () => {
    await withModel(async ({ model, home, options }) => {
      const back = deferred<void>();
      await using codex = await Codex.start({
        ...options,
        apiKey: KEY,
        validation: "strict",
        reconnect: { initialDelayMs: 1 },
        onDiagnostic: ({ type }) => void (type === "reconnected" && back.resolve()),
      });
      assert(codex.pid !== null);
      process.kill(codex.pid, "SIGKILL");
      await back.promise;
      model.reply("hello");
      await (await codex.threadStart()).run("hi");
      assertEquals(model.requests.at(-1)?.headers["authorization"], `Bearer ${KEY}`);
      assertEquals(await readFile(join(home, "auth.json"), "utf8").catch(() => null), null);
    });
  });

  test("[V5] a recording has it not", async () => {
    await withModel(async ({ model, options }) => {
      const lines: string[] = [];
      const open = stdioTransport({ ...options, configOverrides: [EPHEMERAL] });
      await using codex = await Codex.start({
        transport: async (context) => recordingTransport(await open(context), (line) => void lines.push(line)),
        apiKey: KEY,
      });
      model.reply(`You gave me ${KEY}`);
      await (await codex.threadStart()).run("hi");
      assertEquals(model.requests[0]?.headers["authorization"], `Bearer ${KEY}`);
      assert(lines.some((line) => line.includes("account/login/start")));
      assert(!lines.join("").includes(KEY));
    });
  });

  test("[V5] a server that would store it, or that others use, is not given it", async () => {
    await withModel(async ({ home, options: { env } }) => {
      const stored = () => readFile(join(home, "auth.json"), "utf8").catch(() => null);
      const own = stdioTransport({ env });
      const error = await assertRejects(() => Codex.start({ transport: own, apiKey: KEY }), StartError, "ephemeral");
      assert(!`${error.message}${error.stack}`.includes(KEY));
      const overruled = { env, apiKey: KEY, configOverrides: ['cli_auth_credentials_store="file"'] };
      await assertRejects(() => Codex.start(overruled), StartError, 'in the store "file"');
      await using server = await listeningServer();
      await assertRejects(
        () => Codex.start({ transport: websocketTransport(server.address), apiKey: KEY }),
        StartError,
        "others may use this server",
      );
      assertEquals(await stored(), null);
    });
  });

  test("[V5] what is no key or address is told at once, and not shown", () => {
    const own = () => stdioTransport();
    const wrong: [CodexOptions, string][] = [
      [{ apiKey: "" }, "apiKey must be a string without spaces"],
      [{ apiKey: `${KEY}\n` }, "line breaks and the like (was it read from a file?)"],
      [{ apiKey: 1 as never }, "apiKey must be a string"],
      [{ baseUrl: `http://user:secret@127.0.0.1/` }, "without user and password"],
      [{ baseUrl: `ftp://${KEY}/` }, "baseUrl must be an address"],
      [{ baseUrl: KEY }, "baseUrl must be an address"],
      [{ baseUrl: "http://127.0.0.1", config: { openai_base_url: "http://127.0.0.1" } }, "are the same"],
      [{ baseUrl: "http://127.0.0.1", transport: own() }, "baseUrl cannot be given beside transport"],
      [{ config: {}, inheritEnv: false, transport: own() }, "config and inheritEnv cannot be given beside transport"],
      [{ config: {}, launchArgsOverride: ["codex"] }, "config cannot be given beside launchArgsOverride"],
      [{ baseUrl: "http://127.0.0.1", launchArgsOverride: ["codex"] }, "baseUrl cannot be given beside launchArgs"],
      [{ config: { a: null as never } }, "config.a: expected"],
    ];
    for (const [options, message] of wrong) {
      const error = assertThrows(() => new Codex(options), TypeError, message) as Error;
      assert(!error.message.includes(KEY) && !error.message.includes("secret"), error.message);
    }
  });
});
