/**
 * Holds docs/faq.md true: one group a question, by its very words (`tests/house/documents.test.ts` compares them).
 *
 * @module
 */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  Codex,
  type Diagnostic,
  finalResponse,
  imageInput,
  type InvalidParamsError,
  MethodNotFoundError,
  NotStartedError,
  retryOnOverload,
  ServerBusyError,
  StartError,
  textInput,
  TimeoutError,
  type TurnOptions,
} from "@codex-app-server/sdk";
import { check, TurnSchema } from "@codex-app-server/sdk/protocol";
import {
  command,
  httpError,
  ScriptedAppServer,
  type ScriptedTurn,
  scriptTurns,
  withAppServer,
} from "@codex-app-server/sdk/testing";

/** A client on a scripted server whose turns this plays. */
async function withTurns(script: (turn: ScriptedTurn) => void | Promise<void>, body: (codex: Codex) => Promise<void>) {
  await using server = new ScriptedAppServer();
  scriptTurns(server, script);
  await using codex = new Codex({ transport: () => server.connect() });
  await body(codex);
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

describe("Thread or turn?", () => {
  test("(real) turns on one thread share their history, and another thread does not", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("Noted.").reply("Seven.").reply("I do not know.");
      const thread = await codex.threadStart();
      await thread.run("Remember seven.");
      await thread.run("Which number?");
      await (await codex.threadStart()).run("Which number?");
      const knows = model.requests.map((request) => request.userTexts.includes("Remember seven."));
      assertEquals(knows, [true, true, false]);
    });
  });
});

describe("run() or stream()?", () => {
  test("(real) run() gives the generated Turn with its items, whether or not the stream was read", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("One.").reply("Two.");
      const thread = await codex.threadStart();
      const turn = await thread.run("first");
      assertEquals(check(TurnSchema, turn), { typed: true, issues: [] });
      assertEquals(turn.items.map((item) => item.type), ["userMessage", "agentMessage"]);

      const handle = await thread.turn("second");
      const methods: string[] = [];
      for await (const { method } of handle.stream()) methods.push(method);
      assertEquals(methods.at(-1), "turn/completed");
      assertEquals(finalResponse(await handle.run()), "Two.");
    });
  });
});

describe("Is there a synchronous client?", () => {
  test("new Codex() starts nothing; calls at the same time share one start", async () => {
    await using server = new ScriptedAppServer();
    await using codex = new Codex({ transport: () => server.connect() });
    assertEquals(server.connections.length, 0);
    assertThrows(() => codex.metadata, NotStartedError, "Codex.start()");
    await Promise.all([codex.threadStart(), codex.threadStart(), codex.threadStart()]);
    assertEquals(server.connections.length, 1);
    assertEquals(server.messages.filter(({ method }) => method === "initialize").length, 1);
  });

  test("Codex.start() has shaken hands", async () => {
    await using server = new ScriptedAppServer();
    await using codex = await Codex.start({ transport: () => server.connect() });
    assert(codex.metadata.userAgent !== "");
  });
});

describe("How are parameters called?", () => {
  test("(real) by the names of the wire, which are those of the generated types", async () => {
    const options: TurnOptions = {
      approvalPolicy: "never",
      sandboxPolicy: { type: "readOnly", networkAccess: false },
      outputSchema: { type: "object", properties: {}, required: [], additionalProperties: false },
    };
    await withAppServer(async ({ codex, model }) => {
      model.reply("{}");
      const thread = await codex.threadStart({ baseInstructions: "Be brief.", developerInstructions: "Be kind." });
      await thread.run("hi", options);
      const sent = JSON.stringify(model.requests[0]?.body);
      assertStringIncludes(sent, "Be brief.");
      assertStringIncludes(sent, "Be kind.");
      assertStringIncludes(sent, '"additionalProperties":false');
      const page = await codex.threadList({ modelProviders: ["mock"], sortKey: "created_at", sourceKinds: [] });
      assert(Array.isArray(page.data));
    });
  });
});

describe("Why only threadStart and threadResume?", () => {
  test("nothing else makes a Thread, besides fork and unarchive", () => {
    const names = Object.getOwnPropertyNames(Codex.prototype);
    const makers = names.filter((name) => /^thread(Start|Resume|Fork|Unarchive)$/.test(name));
    assertEquals(makers.sort(), ["threadFork", "threadResume", "threadStart", "threadUnarchive"]);
    assertEquals(names.includes("thread"), false);
  });

  test("(real) a made-up id is refused by the server", async () => {
    await withAppServer(async ({ codex }) => {
      await assertRejects(() => codex.threadResume("00000000-0000-0000-0000-000000000000"), Error, "no rollout found");
    });
  });
});

describe("Why does the start fail?", () => {
  test("the constructor does not, for want of a server; a named binary that is missing is said to be", async () => {
    const codex = new Codex({ codexBin: "/no/such/codex" });
    await assertRejects(() => codex.models(), Error, "The codex binary that codexBin names cannot be used");
    await codex.close();
  });

  test("(real) a mistake in the configuration is shown", async () => {
    await withAppServer(async ({ home }) => {
      const options = { env: { CODEX_HOME: home }, configOverrides: ["approval_policy=12"] };
      const error = await assertRejects(() => Codex.start(options), StartError);
      assertStringIncludes(error.message, "approval_policy");
      assert(error.exit !== null && error.stderrTail !== "");
    });
  });

  test("after a failed start the same Codex may try again", async () => {
    await using server = new ScriptedAppServer();
    let attempts = 0;
    const transport = () => {
      if (++attempts === 1) throw new StartError("Not yet");
      return server.connect();
    };
    await using codex = new Codex({ transport });
    await assertRejects(() => codex.threadStart(), StartError, "Not yet");
    assert((await codex.threadStart()).id !== "");
  });

  test("a server that does not answer is a TimeoutError of kind start", async () => {
    await using server = new ScriptedAppServer();
    server.onRequest("initialize", () => new Promise(() => {}));
    const options = { transport: () => server.connect(), limits: { startTimeoutMs: 50 } };
    const error = await assertRejects(() => Codex.start(options), TimeoutError);
    assertEquals(error.kind, "start");
  });

  test("another version is a diagnostic", async () => {
    await using server = new ScriptedAppServer();
    server.onRequest("initialize", () => ({
      userAgent: "codex/0.1.0 (x)",
      codexHome: "/",
      platformFamily: "unix",
      platformOs: "linux",
    }));
    const seen: Diagnostic[] = [];
    const onDiagnostic = (diagnostic: Diagnostic) => seen.push(diagnostic);
    await using codex = await Codex.start({ transport: () => server.connect(), onDiagnostic });
    assert(codex.metadata.userAgent.startsWith("codex/0.1.0"));
    assertEquals(seen.map(({ type }) => type), ["version-skew"]);
  });
});

describe('Why does a turn "hang"?', () => {
  test("neither a final message nor an error to be retried ends it; turn/completed does", async () => {
    const order: string[] = [];
    await withTurns((turn) => {
      turn.message("This is final.", { phase: "final_answer" });
      turn.notify("error", {
        error: { message: "Reconnecting... 1/5", codexErrorInfo: null, additionalDetails: null },
        willRetry: true,
      });
      turn.message("This comes after.");
    }, async (codex) => {
      const handle = await (await codex.threadStart()).turn("hi");
      for await (const { method } of handle.stream()) order.push(method);
      assertEquals((await handle.run()).status, "completed");
    });
    assertEquals(order.at(-1), "turn/completed");
    assert(order.indexOf("error") < order.lastIndexOf("item/completed"));
  });

  test("a deadline says what the server was complaining of", async () => {
    await withTurns(async (turn) => {
      turn.notify("error", {
        error: { message: "Reconnecting... waiting for network", codexErrorInfo: null, additionalDetails: "no route" },
        willRetry: true,
      });
      await aborted(turn.signal);
    }, async (codex) => {
      const thread = await codex.threadStart();
      const error = await assertRejects(() => thread.run("hi", { timeoutMs: 100 }), TimeoutError);
      assertEquals(error.kind, "turn");
      assertStringIncludes(error.message, "The server had said: Reconnecting... waiting for network: no route");
    });
  });
});

describe("How do I retry safely?", () => {
  const count = async (error: Error) => {
    let calls = 0;
    const call = () => {
      calls++;
      throw error;
    };
    await assertRejects(() => retryOnOverload(call, { attempts: 3, initialDelayMs: 1 }));
    return calls;
  };

  test("overload is tried again, and nothing else", async () => {
    const details = { rpcCode: -32001, message: "Server overloaded; retry later.", method: "thread/list" };
    assertEquals(await count(new ServerBusyError(details)), 3);
    assertEquals(await count(new MethodNotFoundError({ ...details, rpcCode: -32601 })), 1);
  });

  test("(real) wrong parameters are found before they are sent, and pass through at once", async () => {
    await withAppServer(async ({ codex }) => {
      let calls = 0;
      const error = await assertRejects(() =>
        retryOnOverload(() => {
          calls++;
          return codex.request("thread/list", { limit: "many" } as never);
        })
      ) as InvalidParamsError;
      assertEquals([error.code, error.issues[0]?.path, calls], ["INVALID_PARAMS", "limit", 1]);
    });
  });
});

describe("Common pitfalls", () => {
  test("(real) the turn has no fields but the protocol's; the answer and the usage are beside it", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("42");
      const handle = await (await codex.threadStart()).turn("hi");
      const turn = await handle.run();
      assertEquals(["finalResponse", "usage", "text"].filter((name) => name in turn), []);
      assertEquals(finalResponse(turn), "42");
      assert(handle.usage !== null);
    });
  });

  test("helpers and raw objects mix; a wrong input is a TypeError that names its index", async () => {
    await withTurns((turn) => turn.message("ok"), async (codex) => {
      const thread = await codex.threadStart();
      const raw = { type: "image", url: "https://example.com/a.png" } as const;
      const turn = await thread.run(["text", textInput("more"), imageInput("data:,"), raw]);
      assertEquals(turn.status, "completed");
      await assertRejects(() => thread.run(["text", 42 as never]), TypeError, "Input item 1");
    });
  });

  test("(real) a question of the agent without a handler is refused, and onDiagnostic tells", async () => {
    const seen: string[] = [];
    const codexOptions = { onDiagnostic: ({ type }: Diagnostic) => seen.push(type) };
    await withAppServer({ approvalPolicy: "on-request", codex: codexOptions }, async ({ codex, model }) => {
      model.reply(command("touch no.txt", { escalate: true, justification: "why not" })).reply("Refused.");
      const turn = await (await codex.threadStart()).run("go");
      const ran = turn.items.find((item) => item.type === "commandExecution");
      assertEquals(ran?.status, "declined");
      assert(seen.includes("server-request-refused"));
    });
  });

  test("(real) a failed turn is a result, which finalResponse throws", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply(httpError(400, "no"));
      const turn = await (await codex.threadStart()).run("hi");
      assertEquals(turn.status, "failed");
      assertInstanceOf(assertThrows(() => finalResponse(turn)), Error);
    });
  });
});
