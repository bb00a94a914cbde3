/**
 * Holds docs/troubleshooting.md true, as `first_failures.test.ts` does: the mistakes of first programs, and what they are
 * told.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { transformSync } from "esbuild";
import { Codex, type CodexOptions, finalResponse, type TurnOptions } from "@codex-app-server/sdk";
import type { ThreadStartParams, Turn } from "@codex-app-server/sdk/protocol";
import { ScriptedAppServer, scriptTurns } from "@codex-app-server/sdk/testing";
import { deferred } from "../../src/util/deferred.ts";
import { readmeProgram } from "../testing/readme.ts";

describe("Top-level await is currently not supported", () => {
  test("the words of it, of who compiles the README's program as CommonJS; what tsx is made of", () => {
    const error = assertThrows(() =>
      transformSync(readmeProgram(), { loader: "ts", format: "cjs", logLevel: "silent" })
    );
    assertStringIncludes(String(error), 'Top-level await is currently not supported with the "cjs" output format');
    assertStringIncludes(transformSync(readmeProgram(), { loader: "ts", format: "esm" }).code, "await Codex.start");
  });
});

describe("An await is missing", () => {
  test("what was found, and what to write", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, () => {});
    await using codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    const promise = thread.run("hi");
    const wrong = (value: unknown) => assertThrows(() => finalResponse(value as Turn), TypeError).message;
    assertStringIncludes(wrong(promise), "found a promise: an await is missing");
    await promise;
    const handle = await thread.turn("hi");
    assertStringIncludes(wrong(handle), "finalResponse(await turn.run())");
    assertStringIncludes(wrong(thread), "finalResponse(await thread.run(input))");
    await handle.run();
  });
});

describe("The option does not exist", () => {
  const client = (options: unknown) => assertThrows(() => new Codex(options as CodexOptions), TypeError).message;

  test("of a client: what it takes, and where the name belongs", () => {
    assertStringIncludes(client("codex"), "The path of a binary is the option codexBin");
    assertStringIncludes(client({ configOverrides: {} }), "configOverrides must be a list of strings");
    const ofHandlers = { "item/commandExecution/requestApproval": true };
    assertStringIncludes(client({ handlers: ofHandlers }), "must be a function, found true");
    assertStringIncludes(client({ handlers: true }), "handlers must be an object");
    assertStringIncludes(client({ codexBinn: "x" }), "Did you mean codexBin?");
    for (const name of ["sandbox", "model", "baseInstructions"]) {
      assertStringIncludes(client({ [name]: "x" }), `${name} does not exist. Use the params of threadStart`);
    }
    for (const name of ["sandboxPolicy", "effort", "outputSchema", "idleTimeoutMs"]) {
      assertStringIncludes(client({ [name]: 1 }), `${name} does not exist. Use the options of a turn`);
    }
  });

  test("of a thread and a turn: where each name belongs that another of the three has; nothing is sent", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, () => {});
    await using codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    const sent = server.messages.length;
    const refused = async (promise: Promise<unknown>) => (await assertRejects(() => promise, TypeError)).message;
    const opened = (params: object) => refused(codex.threadStart(params as ThreadStartParams));
    const run = (options: object) => refused(thread.run("hi", options as TurnOptions));

    for (const name of ["tools", "handlers", "signal", "timeoutMs"]) {
      assertStringIncludes(await opened({ [name]: 1 }), `${name} is no param but an option`);
      const resumed = refused(codex.threadResume(thread.id, { [name]: 1 } as never));
      assertStringIncludes(await resumed, `${name} is no param but an option`);
      assertStringIncludes(await refused(codex.threadFork(thread.id, { [name]: 1 } as never)), `${name} is no param`);
    }
    for (const name of ["effort", "outputSchema", "idleTimeoutMs", "budget"]) {
      assertStringIncludes(await opened({ [name]: 1 }), `of a thread but of a turn: thread.run(input, { ${name} })`);
    }
    for (const name of ["env", "codexBin", "onDiagnostic"]) {
      assertStringIncludes(await opened({ [name]: 1 }), `an option of the client: new Codex({ ${name} })`);
      assertStringIncludes(await run({ [name]: 1 }), `Use ${name} of the client`);
    }
    assertStringIncludes(await opened({ sandboxPolicy: 1 }), 'Use sandbox, such as "read-only"');
    assertStringIncludes(await run({ sandbox: "read-only" }), 'Use sandboxPolicy, such as { type: "readOnly" }');
    assertStringIncludes(await run({ baseInstructions: "x" }), "Use baseInstructions of the thread");
    assertStringIncludes(await run({ efort: "low" }), "Did you mean effort?");
    const rollback = codex.request("thread/rollback" as "thread/read", { threadId: thread.id });
    assertStringIncludes(await refused(rollback), "Its successor is thread/revert");
    assertEquals(server.messages.length, sent);
  });
});

describe("No server request is pending", () => {
  test("one that is parked for too long is refused, and the error says so; its id as text finds it till then", async () => {
    await using server = new ScriptedAppServer();
    const answers: unknown[] = [];
    scriptTurns(server, async (turn) => {
      answers.push(await turn.ask("item/commandExecution/requestApproval", { itemId: "item-1" }));
    });
    let parked = deferred<string | number>();
    const open = (serverRequestTimeoutMs: number) =>
      new Codex({
        transport: () => server.connect(),
        serverRequestTimeoutMs,
        handlers: {
          "item/commandExecution/requestApproval": (_params, ctx) => {
            parked.resolve(ctx.id);
            return ctx.defer();
          },
        },
      });
    {
      await using codex = open(20);
      await (await codex.threadStart()).run("hi");
      const late = codex.answer.bind(codex, String(await parked.promise), { decision: "accept" } as never);
      assertStringIncludes(assertThrows(late, RangeError).message, "is pending: it was refused (timeout)");
      assertStringIncludes(assertThrows(late, RangeError).message, "serverRequestTimeoutMs");
    }
    parked = deferred();
    await using codex = open(0);
    const turn = (await codex.threadStart()).run("hi");
    const id = await parked.promise;
    codex.answer<"item/commandExecution/requestApproval">(String(id), { decision: "accept" });
    await turn;
    assertEquals(answers.at(-1), { decision: "accept" });
  });
});
