/**
 * Holds docs/troubleshooting.md true: one group a section, by its very words (`tests/house/documents.test.ts` compares
 * them). Each error names the next step.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { inspect } from "node:util";
import { describe, test } from "node:test";
import { transformSync } from "esbuild";
import {
  ActiveTurnError,
  Codex,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  InvalidParamsError,
  MethodNotFoundError,
  StartError,
  ThreadBusyError,
  TimeoutError,
  type TurnOptions,
  websocketTransport,
} from "@codex-app-server/sdk";
import type { ThreadStartParams, Turn } from "@codex-app-server/sdk/protocol";
import {
  command,
  failure,
  httpError,
  message,
  ScriptedAppServer,
  scriptTurns,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { CodexNotFoundError, StartError as InternalStartError } from "../../src/errors.ts";
import { locateCodex } from "../../src/runtime/locate.ts";
import { permissionError } from "../../src/runtime/permission.ts";
import { connectProxy } from "../transport/connect_proxy.ts";
import { deferred } from "../../src/util/deferred.ts";
import { fakeRuntime } from "../runtime/fake_machine.ts";
import { readmeProgram } from "../testing/readme.ts";
import { exampleCommand } from "../examples/run_example.ts";

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

describe("No codex binary was found", () => {
  test("how to install one, and how to name one", () => {
    const machine = fakeRuntime({ files: {}, env: {} });
    const error = assertThrows(() => locateCodex(machine, { preferredVersion: "0.169.0" }), CodexNotFoundError);
    assertStringIncludes(error.message, "npm install @openai/codex@0.169.0");
    assertStringIncludes(error.message, "codexBin or the environment variable CODEX_BIN");
    assert(error.tried.length >= 3);
  });
});

describe("The codex app-server ended before it answered", () => {
  test("(real) what the server said is read once, however the error is shown", async () => {
    await withAppServer(async ({ home }) => {
      const script = 'echo "Mistake: this_key is wrong" >&2; exit 3';
      for (
        const options of [
          { env: { CODEX_HOME: home }, configOverrides: ["sandbox_mode=12"] },
          { env: { CODEX_HOME: `${home}/this_key/sandbox_mode` } },
          ...(process.platform === "win32" ? [] : [{ launchArgsOverride: ["sh", "-c", script] }]),
        ]
      ) {
        const error = await assertRejects(() => Codex.start(options), StartError);
        const said = error.stderrTail.trim().split("\n")[0] ?? "";
        assert(said !== "");
        assertEquals(inspect(error).split(said).length - 1, 1, inspect(error));
        assert(!inspect(error).includes("<unknown>"), "a stack without names tells nothing");
      }
    });
  });

  test("(real) the text names the mistake", async () => {
    await withAppServer(async ({ home }) => {
      const configOverrides = ["sandbox_mode=12"];
      const start = () => Codex.start({ env: { CODEX_HOME: home }, configOverrides });
      const error = await assertRejects(start, StartError);
      assertStringIncludes(error.message, "before it answered initialize");
      assertStringIncludes(error.message, "sandbox_mode");
    });
  });
});

describe("Another version", () => {
  test("(real) a method that the server does not know: compare the versions", async () => {
    await withAppServer(async ({ codex }) => {
      const error = await assertRejects(() => codex.requestRaw("thread/inTheFuture", {}), MethodNotFoundError);
      assertStringIncludes(error.message, "Compare its version (codex.server.version)");
    });
  });

  test("a param that an older server would ignore: which version knows it", async () => {
    await using server = new ScriptedAppServer({ validate: false });
    server.onRequest("initialize", () => ({ userAgent: "x/0.147.0 (Linux 6.1.0; x86_64)" }) as never);
    await using codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    await assertRejects(
      () => thread.run([], { toolOutput: { name: "build", output: "failed" } }),
      InvalidParamsError,
      "needs codex 0.151.0 or newer, and this server is codex 0.147.0",
    );
  });
});

describe("Another process has the thread", () => {
  test("(real) who has it, and the ways to go on", async () => {
    await withAppServer(async ({ codex, model, home }) => {
      model.reply("hello");
      const thread = await codex.threadStart();
      await thread.run("hi");
      await using other = await Codex.start({ env: { CODEX_HOME: home } });
      const error = await assertRejects(() => other.threadResume(thread.id), ThreadBusyError);
      assertStringIncludes(error.message, "Another process on this home has it open");
      assertStringIncludes(error.message, "thread.release()");
      assertStringIncludes(error.message, "fork the thread");
    });
  });
});

describe("Something else runs in the thread", () => {
  test("(real) what runs, and how to go on; a turn waits by itself", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["half ", gate, "whole"]));
      const thread = await codex.threadStart();
      const turn = await thread.turn("A long task.");
      const error = await assertRejects(
        () => thread.compact(),
        ActiveTurnError,
        "runs in the thread and would be ended",
      );
      assertEquals(error.work, { kind: "turn", turnId: turn.id });
      gate.release();
      await turn.run();
      model.reply("a summary").reply("fine");
      void thread.compact();
      assertEquals(finalResponse(await thread.run("Go on.")), "fine");
    });
  });
});

describe("The input cannot be used", () => {
  test("which item, and what is taken", async () => {
    await using server = new ScriptedAppServer();
    await using codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    const image = { type: "image", url: "iVBORw0KGgo=" } as const;
    const error = await assertRejects(() => thread.run(["look", image]), TypeError, "cannot be used");
    assertStringIncludes(error.message, "Input item 1");
    assertStringIncludes(error.message, "localImageInput");
    const any = tool({ name: "t", description: "", input: { anyOf: [] }, execute: () => "" });
    const refused = await assertRejects(() => codex.threadStart({}, { tools: [any] }), TypeError);
    assertStringIncludes(refused.message, 'type: "object"');
  });
});

describe("The server could not read a message", () => {
  test("what is too deep is not sent", async () => {
    await using server = new ScriptedAppServer();
    await using codex = new Codex({ transport: () => server.connect() });
    await codex.threadStart();
    const deep = JSON.parse("[".repeat(200) + "]".repeat(200));
    await assertRejects(() => codex.requestRaw("model/list", { deep }), TypeError, "nested too deep");
  });
});

describe("The proxy does not let it through", () => {
  test("which one, who named it, and how to go without", async () => {
    await using proxy = await connectProxy({ answer: "HTTP/1.1 403 Forbidden\r\n\r\n" });
    const transport = websocketTransport("wss://codex.example", { proxy: `http://127.0.0.1:${proxy.port}` });
    const error = await assertRejects(() => Codex.start({ transport }), StartError, "does not let it through");
    for (const told of [`127.0.0.1:${proxy.port}`, "the option proxy", "NO_PROXY", "proxy: null"]) {
      assertStringIncludes(error.message, told);
    }
  });
});

describe("A command goes on after its turn", () => {
  test("the call that ends it is a request of the protocol", async () => {
    await using server = new ScriptedAppServer();
    server.onRequest("thread/backgroundTerminals/clean", () => ({}));
    await using codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    await thread.cleanBackgroundTerminals();
    const sent = server.messages.find(({ method }) => method === "thread/backgroundTerminals/clean");
    assertEquals(sent?.params, { threadId: thread.id });
  });
});

describe("Not logged in", () => {
  test("(real) how to log in", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply(httpError(401, "Missing bearer or basic authentication in header"));
      const turn = await (await codex.threadStart()).run("hi");
      const error = assertThrows(() => finalResponse(turn), Error);
      assertStringIncludes(error.message, "401");
      assertStringIncludes(error.message, "Log in with `codex login`");
      assertStringIncludes(error.message, "codex.loginApiKey()");
    });
  });
});

describe("Deno did not permit", () => {
  test("which flag to give", () => {
    // What Deno says, word for word; tests/real/permissions.test.ts lets Deno itself say it.
    const denied = Object.assign(
      new Error('Requires run access to "/opt/codex", run again with the --allow-run flag'),
      {
        name: "NotCapable",
      },
    );
    const error = permissionError(denied);
    assertInstanceOf(error, InternalStartError);
    assertStringIncludes(error.message, "--allow-run=/opt/codex");
  });
});

describe("No network", () => {
  test("an attempt is not the end; a deadline says what it was about", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, async (turn) => {
      turn.notify("error", {
        error: {
          message: "Reconnecting... waiting for network",
          codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: null } },
          additionalDetails: "Connection failed: error sending request",
        },
        willRetry: true,
      });
      await new Promise((resolve) => turn.signal.addEventListener("abort", resolve, { once: true }));
    });
    await using codex = new Codex({ transport: () => server.connect() });
    const handle = await (await codex.threadStart()).turn("hi", { idleTimeoutMs: 100 });
    const error = await assertRejects(() => handle.run(), TimeoutError);
    assertEquals(error.kind, "idle");
    assertStringIncludes(error.message, "waiting for network: Connection failed");
  });
});

describe("The sandbox does not work", () => {
  test("(real) the quickstart goes on by asking", (context) => {
    const [program, ...args] = exampleCommand("quickstart");
    // A user namespace in which no further one can be made, as in many containers.
    const script = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
    const probe = spawnSync("unshare", ["-Ur", "sh", "-c", script, "sh", "true"]);
    if (probe.status !== 0) return context.skip("no namespace can be made here to try it in");
    const { stdout, status } = spawnSync("unshare", ["-Ur", "sh", "-c", script, "sh", program, ...args], {
      env: { ...process.env, CODEX_DEMO_MODEL: "scripted" },
      encoding: "utf8",
    });
    assertEquals(status, 0, stdout);
    assertStringIncludes(stdout, "-> exit code 1\n");
    assertStringIncludes(stdout, "-> exit code 0\n");
    assertStringIncludes(stdout, "The total is 42");
  });
});

describe("The thread's folder does not exist", () => {
  test("(real) it is told when the thread is opened; the server says so in the item of a command", async () => {
    const diagnostics: Diagnostic[] = [];
    const onDiagnostic = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
    await withAppServer({ codex: { onDiagnostic } }, async ({ codex, model, workspace }) => {
      const missing = () => diagnostics.filter(({ type }) => type === "missing-folder");
      await codex.threadStart({ cwd: workspace });
      assertEquals(missing(), []);
      const cwd = `${workspace}/not there`;
      const thread = await codex.threadStart({ cwd });
      assertEquals(missing(), [{ type: "missing-folder", threadId: thread.id, cwd }]);
      model.reply(command("ls")).reply(message("It is not there."));
      const item = (await thread.run("Look around")).items.find(({ type }) => type === "commandExecution");
      assert(item?.type === "commandExecution");
      assertStringIncludes(item.aggregatedOutput ?? "", "Failed to create unified exec process: No such file or dir");
    });
  });
});

describe("This runtime is too old", () => {
  test("the versions that will do", async () => {
    const any = AbortSignal.any;
    try {
      Object.assign(AbortSignal, { any: undefined });
      const error = await assertRejects(() => Codex.start(), StartError);
      assertStringIncludes(error.message, "Node 20.16.0, Deno 2.4.0 or Bun 1.2.6");
    } finally {
      Object.assign(AbortSignal, { any });
    }
  });
});

describe("The turn ended as failed", () => {
  test("(real) why, as a kind and in words", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply(failure("insufficient_quota", "none left"));
      const { error } = await (await codex.threadStart()).run("hi");
      assertEquals(error?.codexErrorInfo, "usageLimitExceeded");
      assert(error?.message !== "");
    });
  });
});

describe("The agent was refused something", () => {
  test("the diagnostic names the question", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, async (turn) => {
      await turn.ask("item/commandExecution/requestApproval", { itemId: "item-1" });
    });
    const seen: Diagnostic[] = [];
    const onDiagnostic = (diagnostic: Diagnostic) => seen.push(diagnostic);
    await using codex = new Codex({ transport: () => server.connect(), onDiagnostic });
    await (await codex.threadStart()).run("hi");
    const refused = seen.find((diagnostic) => diagnostic.type === "server-request-refused");
    assertEquals(refused?.method, "item/commandExecution/requestApproval");
  });
});
