import {
  Codex,
  recordingTransport,
  retryOnOverload,
  stdioTransport,
  unixSocketTransport,
  websocketTransport,
} from "@codex-app-server/sdk";
import { allowCommands, allowPaths, askInTerminal, denyAll, policyHandlers } from "@codex-app-server/sdk/policies";
import {
  chaos,
  codexHome,
  command,
  functionCall,
  memoryTransportPair,
  replayTransport,
  ScriptedAppServer,
  scriptTurns,
  startAppServer,
} from "@codex-app-server/sdk/testing";
import { prepareTools, tool, toolNamespace } from "@codex-app-server/sdk/tools";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

/** As a JavaScript program passes it. */
const js = (options: unknown) => options as never;

describe("[W8] options of JavaScript programs", () => {
  test("the client: a name that does not exist, and where it belongs", () => {
    const told: [unknown, string][] = [
      [{ codex_bin: "x" }, "Did you mean codexBin?"],
      [{ codexPathOverride: "x" }, "Use codexBin"],
      [{ timeoutMs: 5 }, "limits.requestTimeoutMs"],
      [{ onDiagnostics: () => {} }, "Did you mean onDiagnostic?"],
      [{ handler: {} }, "Did you mean handlers?"],
      [{ sandbox: "read-only" }, "threadStart"],
      [{ limits: { streamByte: 1 } }, "limits.streamByte does not exist. Did you mean streamBytes?"],
      [{ reconnect: { maxAttempt: 1 } }, "reconnect.maxAttempt does not exist. Did you mean maxAttempts?"],
      [
        { handlers: { "item/commandExecution/requestAproval": () => {} } },
        "Did you mean item/commandExecution/requestApproval?",
      ],
      ["codex", "codexBin"],
      [null, "found null"],
      [[], "found a list"],
    ];
    for (const [options, says] of told) assertThrows(() => new Codex(js(options)), TypeError, says);
  });

  test("the client: a value of another kind says what is wanted", () => {
    const told: [unknown, string][] = [
      [{ configOverrides: { model: "x" } }, "configOverrides must be a list of strings"],
      [{ configOverrides: ["model"] }, "configOverrides[0] must be a string such as"],
      [{ launchArgsOverride: "codex app-server" }, "launchArgsOverride must be a list of strings"],
      [{ handlers: { "item/tool/call": true } }, 'handlers["item/tool/call"] must be a function, found true'],
      [{ handlers: () => {} }, "handlers must be an object"],
      [{ env: { DEBUG: 1 } }, "env.DEBUG must be a string"],
      [{ signal: new AbortController() }, "signal must be an AbortSignal"],
      [{ transport: "ws://127.0.0.1:1" }, "transport must be a Transport, or a function"],
      [{ transport: Promise.resolve() }, "is an await missing?"],
      [{ validation: "stict" }, 'Did you mean "strict"?'],
      [{ experimentalApi: "yes" }, "experimentalApi must be true or false"],
      [{ reconnect: 3 }, "reconnect must be an object"],
      [{ onStderr: true }, "onStderr must be a function"],
      [{ limits: { requestTimeoutMs: "5" } }, "limits.requestTimeoutMs must be a number"],
    ];
    for (const [options, says] of told) assertThrows(() => new Codex(js(options)), TypeError, says);
    for (const value of [-1, NaN, Infinity]) {
      assertThrows(() => new Codex({ serverRequestTimeoutMs: value }), RangeError, "serverRequestTimeoutMs");
      assertThrows(() => new Codex({ limits: { requestTimeoutMs: value } }), RangeError, "limits.requestTimeoutMs");
      assertThrows(() => new Codex({ reconnect: { maxDelayMs: value } }), RangeError, "reconnect.maxDelayMs");
    }
  });

  test("the client: what does not go together", () => {
    const [transport] = memoryTransportPair();
    for (const other of [{ codexBin: "/bin/codex" }, { configOverrides: ["a=1"] }, { env: {} }, { cwd: "/" }]) {
      assertThrows(() => new Codex({ transport, ...other }), TypeError, "beside transport");
    }
    const launchArgsOverride = ["/bin/true"];
    assertThrows(
      () => new Codex({ launchArgsOverride, codexBin: "/bin/codex" }),
      TypeError,
      "beside launchArgsOverride",
    );
    assertThrows(() => stdioTransport({ launchArgsOverride, configOverrides: ["a=1"] }), TypeError, "beside");
  });

  test("Codex.start rejects with the same", async () => {
    await assertRejects(() => Codex.start(js({ codex_bin: "x" })), TypeError, "codexBin");
  });

  test("calls, threads and turns", async () => {
    await using peer = scripted();
    const { codex, server } = peer;
    scriptTurns(server, (turn) => turn.message("ok"));
    server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
    const thread = await codex.threadStart();
    const handle = await thread.turn("hi");
    await handle.run();
    const before = server.messages.length;
    const told: [() => Promise<unknown>, string][] = [
      [() => codex.models({}, js({ timeout: 1 })), "Did you mean timeoutMs?"],
      [() => codex.models({}, js({ limit: 1 })), "the argument before"],
      [() => codex.models(js({ timeoutMs: 1 })), "timeoutMs is no param but an option"],
      [() => codex.models({}, js(5)), "found 5"],
      [() => codex.models({}, js({ signal: {} })), "AbortSignal"],
      [() => codex.requestRaw("x", {}, js({ timout: 1 })), "Did you mean timeoutMs?"],
      [() => codex.request("model/list", {}, js({ abortSignal: 1 })), "the option abortSignal does not exist"],
      [() => codex.threads({}, js({ timeout: 1 })).next(), "Did you mean timeoutMs?"],
      [() => codex.threadStart({}, js({ tool: [] })), "Did you mean tools?"],
      [() => codex.threadStart({}, js({ cwd: "/" })), "the argument before"],
      [() => codex.threadStart(js({ tools: [] })), "tools is no param but an option"],
      [() => codex.threadStart(js({ handlers: {} })), "handlers is no param but an option"],
      [() => codex.threadStart({}, js({ tools: {} })), "tools must be a list"],
      [() => codex.threadStart({}, js({ tools: [{}] })), "tools[0] must be a tool"],
      [() => codex.threadStart({}, js({ handlers: { "item/tool/cal": () => {} } })), "Did you mean item/tool/call?"],
      [() => codex.threadResume("t", {}, js({ handler: {} })), "Did you mean handlers?"],
      [() => codex.threadFork("t", {}, js({ handler: {} })), "Did you mean handlers?"],
      [() => codex.threadUnarchive("t", js({ handler: {} })), "Did you mean handlers?"],
      [() => thread.run("x", js({ sandbox: "read-only" })), "Use sandboxPolicy"],
      [() => thread.run("x", js({ idleTimeout: 1 })), "Did you mean idleTimeoutMs?"],
      [() => thread.turn("x", js({ modle: "m" })), "Did you mean model?"],
      [() => thread.turn("x", js({ threadId: "m" })), "the thread whose method this is"],
      [() => thread.read({}, js({ timeout: 1 })), "Did you mean timeoutMs?"],
      [() => handle.steer("x", js({ timeout: 1 })), "Did you mean timeoutMs?"],
      [() => handle.steer("x", js({ expectedTurnId: "t" })), "the turn whose method this is"],
      [() => handle.steer("x", js({ model: "m" })), "the option model does not exist"],
      [() => handle.interrupt(js({ trace: {} })), "the option trace does not exist"],
    ];
    for (const [call, says] of told) await assertRejects(call, TypeError, says, String(call));
    for (const value of [-1, NaN, Infinity]) {
      for (const name of ["timeoutMs", "idleTimeoutMs"]) {
        await assertRejects(() => thread.run("x", { [name]: value }), RangeError, name);
      }
      await assertRejects(() => codex.models({}, { timeoutMs: value }), RangeError, "timeoutMs");
    }
    assertEquals(server.messages.length, before, "nothing of all this was sent");
  });

  test("[Q3] a param that is none is named beside the one that was meant", async () => {
    await using peer = scripted();
    const error = await assertRejects(() => peer.codex.threadStart(js({ sandboxs: "read-only" })), Error, "sandbox");
    assert(/Did you mean "sandbox"\?/.test(error.message), error.message);
  });

  test("transports, policies, tools and the test kit", async () => {
    const [transport] = memoryTransportPair();
    const execute = () => "";
    const definition = { name: "t", description: "", input: { type: "object" }, execute };
    const told: [() => unknown, string][] = [
      [() => stdioTransport(js({ bin: "x" })), "the option bin does not exist"],
      [() => stdioTransport(js({ signal: new AbortController().signal })), "signal of the client"],
      [() => websocketTransport("ws://127.0.0.1:1", js({ tokn: "x" })), "Did you mean token?"],
      [() => websocketTransport("ws://127.0.0.1:1", js({ headers: { a: 1 } })), "headers.a must be a string"],
      [() => unixSocketTransport("/x", js({ token: "x" })), "the option token does not exist"],
      [() => recordingTransport(transport, () => {}, js({ redakt: 1 })), "Did you mean redact?"],
      [() => replayTransport("", js({ mode: "exact" })), 'must be "strict" or "lenient"'],
      [() => memoryTransportPair(js({ size: 1 })), "There are capacity"],
      [() => allowCommands([["ls"]], js({ dir: "/" })), "There are cwd"],
      [() => allowPaths(["/srv"], js({ resolver: 1 })), "Did you mean resolve?"],
      [() => askInTerminal(js({ aks: 1 })), "Did you mean ask?"],
      [() => policyHandlers(denyAll(), js({ unjudged: "accept" })), 'must be "refuse" or "pass"'],
      [() => policyHandlers(js({})), "the policy must be a function"],
      [() => tool(js({ ...definition, timeout: 1 })), "Did you mean timeoutMs?"],
      [() => tool(js({ ...definition, parameters: {} })), "Use input"],
      [() => tool(js({ ...definition, execute: "x" })), "execute must be a function"],
      [() => toolNamespace(js({ name: "n", description: "", tool: [] })), "Did you mean tools?"],
      [() => chaos(js({ drops: 1 })), "Did you mean drop?"],
      [() => command("ls", js({ cwd: "/" })), "the option cwd does not exist"],
      [() => functionCall("x", {}, js({ call_id: "1" })), "Did you mean callId?"],
      [() => new ScriptedAppServer(js({ valid: true })), "Did you mean validate?"],
    ];
    for (const [make, says] of told) assertThrows(make, TypeError, says, String(make));
    await assertRejects(() => prepareTools([], js({ experimental: true })), TypeError, "experimental");
    await assertRejects(() => startAppServer(js({ handlers: {} })), TypeError, "codex: { handlers }");
    await assertRejects(() => codexHome(js({ modelUrl: "x", sandbox: "x" })), TypeError, "the option sandbox");
    await assertRejects(() => retryOnOverload(() => 1, js({ attempt: 1 })), TypeError, "Did you mean attempts?");
    assertThrows(() => websocketTransport("ws://127.0.0.1:1", { pingIntervalMs: NaN }), RangeError, "pingIntervalMs");
    assertThrows(() => stdioTransport({ closeGraceMs: -1 }), RangeError, "closeGraceMs");
    assertThrows(() => recordingTransport(transport, () => {}, { maxLineChars: Infinity }), RangeError, "maxLineChars");
    assertThrows(() => tool(js({ ...definition, timeoutMs: 0 })), RangeError, "timeoutMs");
  });
});
