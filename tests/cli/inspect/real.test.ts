import { Codex, finalResponse } from "@codex-app-server/sdk";
import {
  codexHome,
  command,
  message,
  parseTranscript,
  replayTransport,
  ScriptedModel,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { WireEvent } from "../../../src/cli/inspect/wire.ts";
import { listeningServer } from "../../real/listening_server.ts";
import { startInspect } from "./running.ts";

const isWindows = process.platform === "win32" && "the shim is for Linux and macOS";

/** A folder that goes again. */
async function folder() {
  const path = await mkdtemp(join(tmpdir(), "inspect-réal "));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function methodsOf(events: readonly WireEvent[], direction: "in" | "out"): unknown[] {
  return events.filter(({ d }) => d === direction).map(({ l }) => JSON.parse(l).method);
}

const isOver = (events: readonly WireEvent[]) => methodsOf(events, "in").includes("turn/completed");

describe("inspect (real)", () => {
  test("[C3] (real) between a client and the server: the client's session is what it would be, and is seen and saved", {
    skip: isWindows,
  }, async () => {
    await using temp = await folder();
    const model = new ScriptedModel();
    model.reply(command("echo sk-hunter2-hunter2-hunter2")).reply(message(["It is ", "done."]));
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url, sandboxMode: "danger-full-access" });
    const file = join(temp.path, "saved.jsonl");
    await using inspect = await startInspect(["--wait", "--save", file], { env: home.env });
    const seen: string[] = [];
    {
      await using codex = await Codex.start({ codexBin: inspect.shim, env: home.env, onStderr: () => {} });
      const thread = await codex.threadStart({ cwd: temp.path });
      const turn = await thread.turn("Do it.");
      for await (const { method } of turn) seen.push(method);
      assertEquals(finalResponse(await turn.run()), "It is done.");
    }
    const events = await inspect.seen(isOver);
    const inside = methodsOf(events, "in");
    for (const method of seen) assert(inside.includes(method), `${method} was not seen`);
    assertEquals(methodsOf(events, "out").filter((method) => method !== undefined).slice(0, 4), [
      "initialize",
      "initialized",
      "thread/start",
      "turn/start",
    ]);
    assert(!JSON.stringify(events).includes("hunter2"), "a key is shown");
    assertEquals(await inspect.end(), 0);

    const saved = await readFile(file, "utf8");
    assertEquals(parseTranscript(saved).at(-1)?.dir, "end");
    assert(!saved.includes("hunter2"), "a key is saved");
    await using again = await Codex.start({ transport: replayTransport(saved, { mode: "lenient" }) });
    const thread = await again.threadStart({ cwd: temp.path });
    assertEquals(finalResponse(await thread.run("Do it.")), "It is done.");
    assert(!existsSync(dirname(inspect.shim)), "the shim is gone again");
  });

  test("[C3] (real) by hand: requests, a question and its answer, which nobody else gives", async () => {
    await using temp = await folder();
    const model = new ScriptedModel();
    model.reply(command("echo asked > asked.txt", { escalate: true, justification: "because" })).reply("Done.");
    await using listener = await model.listen();
    await using home = await codexHome({
      modelUrl: listener.url,
      approvalPolicy: "on-request",
      sandboxMode: "workspace-write",
    });
    await using inspect = await startInspect([], { env: home.env, cwd: temp.path });
    const ask = async (method: string, params: unknown) => {
      const { status, body } = await inspect.act("request", { method, params });
      assertEquals(status, 200, JSON.stringify(body));
      const isAnswer = ({ c, d, l }: WireEvent) => {
        if (d !== "in" || c !== body["connection"]) return false;
        const { id, method } = JSON.parse(l) as Record<string, unknown>;
        return method === undefined && id === body["id"];
      };
      const events = await inspect.seen((events) => events.some(isAnswer));
      return JSON.parse(events.find(isAnswer)!.l);
    };
    const { result: { thread } } = await ask("thread/start", {});
    await ask("turn/start", { threadId: thread.id, input: [{ type: "text", text: "Go." }] });
    const isQuestion = ({ d, l }: WireEvent) => d === "in" && l.includes("item/commandExecution/requestApproval");
    const question = (await inspect.seen((events) => events.some(isQuestion))).find(isQuestion)!;
    const { id, params } = JSON.parse(question.l);
    assertStringIncludes(JSON.stringify(params), "because");
    const wrong = await inspect.act("answer", { connection: question.c + 1, id, result: { decision: "accept" } });
    assertEquals(wrong.status, 409);
    const { status } = await inspect.act("answer", { connection: question.c, id, result: { decision: "accept" } });
    assertEquals(status, 200);
    const events = await inspect.seen(isOver);
    assertEquals((await readFile(join(temp.path, "asked.txt"), "utf8")).trim(), "asked");
    const twice = await inspect.act("answer", { connection: question.c, id, result: { decision: "accept" } });
    assertEquals(twice.status, 409);
    assertEquals(methodsOf(events, "out").filter((method) => method === undefined).length, 1, "one answer was given");
    const { error } = await ask("thread/nothing", { x: 1 });
    assertEquals(error.code, -32600, "what the server refuses is shown as it says it");
  });

  test("[C3] (real) one more client of a server that listens on a socket, or of the user's daemon", async () => {
    for (const on of ["unix", "daemon"] as const) {
      await using server = await listeningServer({ on });
      const address = on === "daemon" ? "daemon" : `unix://${server.address}`;
      await using inspect = await startInspect(["--attach", address], { env: server.env });
      const { status } = await inspect.act("request", { method: "model/list", params: {} });
      assertEquals(status, 200);
      await inspect.seen((events) => events.some(({ d, l }) => d === "in" && l.includes('"data":[')));
    }
  });

  test("[C3] (real) one more client of a server that listens, by ws and its token; it answers nothing for another", async () => {
    await using server = await listeningServer({ token: "the-token-of-the-server" });
    await using temp = await folder();
    const file = join(temp.path, "token");
    await writeFile(file, "the-token-of-the-server\n");
    await using inspect = await startInspect(["--attach", server.address, "--token-file", file]);
    const { status } = await inspect.act("request", { method: "model/list", params: {} });
    assertEquals(status, 200);
    const events = await inspect.seen((events) => events.some(({ d, l }) => d === "in" && l.includes('"data":[')));
    assertEquals(methodsOf(events, "out"), ["initialize", "initialized", "model/list"]);
    assert(!JSON.stringify(events).includes("the-token-of"), "the token is shown");
    assertEquals((await inspect.hello()).target, server.address);
  });

  test("[C3] (real) a recording takes the server's part, as often as a client asks", { skip: isWindows }, async () => {
    const recording = fileURLToPath(new URL("../../testing/transcripts/readme.jsonl", import.meta.url));
    await using inspect = await startInspect(["--replay", recording, "--wait"]);
    for (let times = 0; times < 2; times++) {
      await using codex = await Codex.start({ codexBin: inspect.shim });
      const thread = await codex.threadStart({ sandbox: "read-only", cwd: "." });
      assertEquals(finalResponse(await thread.run("What does this project do? Two sentences.")), "It counts to-dos.");
    }
    const events = await inspect.seen((events) =>
      methodsOf(events, "in").filter((method) => method === "turn/completed").length === 2
    );
    assertEquals(new Set(events.map(({ c }) => c)), new Set([0, 1]));
  });

  test("[C3] (real) a client of a command line finds the shim as its codex; its exit code is the inspector's", {
    skip: isWindows,
  }, async () => {
    await using temp = await folder();
    const client = fileURLToPath(new URL("client.mjs", import.meta.url));
    const runtime = "Deno" in globalThis ? [process.execPath, "run", "-A", "--no-config"] : [process.execPath];
    for (const [end, code] of [["0", 0], ["7", 7], ["SIGTERM", 143], ["SIGKILL", 137]] as const) {
      const file = join(temp.path, `${end}.json`);
      await using inspect = await startInspect(["--", ...runtime, client, file, end], { cwd: temp.path });
      assertEquals(await inspect.ended, code);
      const { codex, path, cwd } = JSON.parse(await readFile(file, "utf8"));
      assert(path.startsWith(`${dirname(codex)}:`), path);
      assertEquals(cwd, temp.path);
      assert(!existsSync(dirname(codex)), "the shim is gone again");
    }
    await using kept = await startInspect(["--keep", "--", ...runtime, client, join(temp.path, "kept.json"), "3"]);
    await kept.saying(/the client has ended; Ctrl-C ends the page too/);
    assertEquals((await kept.hello()).redacted, true);
    assertEquals(await kept.end(), 3);
  });
});
