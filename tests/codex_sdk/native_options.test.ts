/**
 * What the server is started with, or reached by.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { command } from "@codex-app-server/sdk/testing";
import { Codex } from "@codex-app-server/sdk/codex-sdk";
import process from "node:process";
import { describe, test } from "node:test";
import { listeningServer } from "../real/listening_server.ts";
import { hostEnv, withWorld } from "./world.ts";

describe("the server's environment", () => {
  test("[X3] (real) says of whom the server is, also to a codex that a command starts, unless it says so already", () =>
    withWorld(async ({ model, codex, here, env }) => {
      const { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: _, ...others } = env;
      for (const [given, seen] of [[undefined, "codex_sdk_ts"], ["", "codex_sdk_ts"], ["my_app", "my_app"]] as const) {
        model.reply(command("echo of $CODEX_INTERNAL_ORIGINATOR_OVERRIDE")).reply((request) => [
          request.commandOutput() ?? "",
        ]);
        const variables = { ...others, ...(given === undefined ? {} : { CODEX_INTERNAL_ORIGINATOR_OVERRIDE: given }) };
        const { finalResponse } = await codex({ env: variables }).startThread(here).run("go");
        assertEquals(/of \w*/.exec(finalResponse)?.[0], `of ${seen}`);
        assertEquals(model.requests.at(-1)!.headers.originator, seen);
      }
    }));
});

describe("the user's daemon", { skip: process.platform === "win32" && "unix sockets" }, () => {
  test("[X6] (real) is used with its own configuration and login, whatever key the environment has", async () => {
    await using daemon = await listeningServer({ on: "daemon" });
    daemon.model.reply("of the daemon");
    const env = { ...hostEnv(), ...daemon.env, CODEX_API_KEY: "sk-of-codex-exec" };
    const codex = new Codex({ env, native: { connect: "daemon" } });
    const thread = codex.startThread({ skipGitRepoCheck: true, workingDirectory: daemon.workspace });
    assertEquals((await thread.run("go")).finalResponse, "of the daemon");
    await codex.native.close();
  });
});
