/**
 * Holds docs/troubleshooting.md true: one group a section, by its very words (`tests/house/documents.test.ts` compares
 * them). Mistakes in programs have their groups in `first_mistakes.test.ts`. Each error names the next step.
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { inspect } from "node:util";
import { describe, test } from "node:test";
import { sectionsFor } from "../../src/cli/doctor/explain.ts";
import {
  ActiveTurnError,
  Codex,
  type Diagnostic,
  finalResponse,
  InvalidParamsError,
  MethodNotFoundError,
  StartError,
  ThreadBusyError,
  TimeoutError,
  websocketTransport,
} from "@codex-app-server/sdk";
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
import { fakeRuntime } from "../runtime/fake_machine.ts";
import { exampleCommand } from "../examples/run_example.ts";

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
        assertEquals(
          sectionsFor(String(error))[0]?.heading,
          "The codex app-server ended before it answered",
          String(error),
        );
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
      assertEquals(
        sectionsFor(String(error))[0]?.heading,
        "The codex app-server ended before it answered",
        String(error),
      );
      assertStringIncludes(error.message, "before it answered initialize");
      assertStringIncludes(error.message, "sandbox_mode");
    });
  });
});

describe("Another version", () => {
  test("(real) a method that the server does not know: compare the versions", async () => {
    await withAppServer(async ({ codex }) => {
      const error = await assertRejects(() => codex.requestRaw("thread/inTheFuture", {}), MethodNotFoundError);
      assertEquals(sectionsFor(String(error))[0]?.heading, "Another version", String(error));
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
      assertEquals(sectionsFor(String(error))[0]?.heading, "Another process has the thread", String(error));
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
      assertEquals(sectionsFor(String(error))[0]?.heading, "Something else runs in the thread", String(error));
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
    assertEquals(sectionsFor(String(error))[0]?.heading, "The input cannot be used", String(error));
    assertStringIncludes(error.message, "Input item 1");
    assertStringIncludes(error.message, "localImageInput");
    const any = tool({ name: "t", description: "", input: { anyOf: [] }, execute: () => "" });
    const refused = await assertRejects(() => codex.threadStart({}, { tools: [any] }), TypeError);
    assertEquals(sectionsFor(String(refused))[0]?.heading, "The input cannot be used", String(refused));
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
    assertEquals(sectionsFor(String(error))[0]?.heading, "The proxy does not let it through", String(error));
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
    assertEquals(sectionsFor(String(error))[0]?.heading, "No network", String(error));
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
      assertEquals(sectionsFor(String(error))[0]?.heading, "This runtime is too old", String(error));
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
