import { Codex, type CodexOptions, type Diagnostic, finalResponse, StartError } from "@codex-app-server/sdk";
import { codexHome } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { listeningServer } from "./listening_server.ts";
import { processesWith, seesProcesses } from "./processes.ts";

/** Options that ask for the daemon, and what they report of it. */
function wanting(env: CodexOptions["env"], options?: CodexOptions): [CodexOptions, string[]] {
  const missing: string[] = [];
  const onDiagnostic = (diagnostic: Diagnostic) => {
    if (diagnostic.type === "no-daemon") missing.push(diagnostic.socketPath);
  };
  return [{ connect: "daemon", env, onDiagnostic, ...options }, missing];
}

describe("connect: daemon (real)", { skip: process.platform === "win32" && "unix sockets" }, () => {
  test("[V12] the daemon of the home is used, shared, and left running", async () => {
    await using daemon = await listeningServer({ on: "daemon" });
    const processes = () => seesProcesses ? processesWith(daemon.env["CODEX_HOME"]!) : Promise.resolve([]);
    const before = await processes();
    const [options, missing] = wanting(daemon.env);
    {
      await using first = await Codex.start(options);
      // Its home may be found in each of the ways that the server itself has.
      await using second = await Codex.start({ ...options, env: daemon.env, inheritEnv: false });
      assertEquals(await processes(), before);
      daemon.model.reply("one");
      const thread = await first.threadStart({ cwd: daemon.workspace });
      assertEquals(finalResponse(await thread.run("hi")), "one");
      const seen = await second.threadResume(thread.id);
      assertEquals(seen.response.thread.turns.length, 1);
      assertStringIncludes(first.metadata.codexHome, daemon.env["CODEX_HOME"]!);
    }
    assertEquals(missing, []);
    await using again = await Codex.start(options);
    assertEquals(again.server.name, "codex");
  });

  test("[V12] without one a server is started, and a diagnostic says where it was looked for", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    for (const env of [home.env, { ...home.env, CODEX_HOME: undefined }]) {
      const [options, missing] = wanting(env);
      await using codex = await Codex.start(options);
      assert((await codex.models()).data.length > 0);
      const folder = env.CODEX_HOME ?? join(home.path, ".codex");
      assertEquals(missing, [join(folder, "app-server-control/app-server-control.sock")]);
    }
  });

  test("[V12] a daemon that was killed has left its socket: a server is started", async () => {
    await using daemon = await listeningServer({ on: "daemon" });
    await daemon.kill();
    const [options, missing] = wanting(daemon.env);
    await using codex = await Codex.start(options);
    assertEquals(missing, [daemon.address]);
    daemon.model.reply("of my own");
    assertEquals(finalResponse(await (await codex.threadStart()).run("hi")), "of my own");
  });

  test("[V12] with reconnect, a server of one's own takes the place of a daemon that ends", async () => {
    await using daemon = await listeningServer({ on: "daemon" });
    const back = deferred<void>();
    const [options] = wanting(daemon.env, {
      reconnect: { initialDelayMs: 1 },
      onDiagnostic: ({ type }) => void (type === "reconnected" && back.resolve()),
    });
    await using codex = await Codex.start(options);
    await daemon.kill();
    await back.promise;
    assert((await codex.models()).data.length > 0);
  });

  test("[V12] something else on that socket is an error, and not passed over", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    const folder = join(home.path, "app-server-control");
    await mkdir(folder);
    const server = createServer((_request, response) => void response.writeHead(418).end());
    await new Promise<void>((resolve) => server.listen(join(folder, "app-server-control.sock"), resolve));
    try {
      const [options] = wanting(home.env);
      await assertRejects(() => Codex.start(options), StartError, "expected an app-server, found something");
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test("[V12] options that the daemon would not heed are refused", () => {
    const refused: CodexOptions[] = [
      { apiKey: "sk-0123456789abcdef" },
      { baseUrl: "http://127.0.0.1" },
      { config: {} },
      { configOverrides: [] },
      { launchArgsOverride: ["codex"] },
    ];
    for (const options of refused) {
      assertThrows(() => new Codex({ connect: "daemon", ...options }), TypeError, "cannot be given beside connect");
    }
    assertThrows(() => new Codex({ connect: "deamon" as never }), TypeError, 'Did you mean "daemon"');
  });
});
