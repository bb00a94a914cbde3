/**
 * `doctor --explain`: from the text of an error to what to do. `tests/house/troubleshooting.test.ts` holds the table behind
 * it against the document.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "@codex-app-server/sdk/cli";
import { describe, test } from "node:test";
import { sectionsFor, turnErrorsIn } from "../../src/cli/doctor/explain.ts";
import { addressOf, SECTIONS } from "../../src/cli/doctor/sections.ts";
import { fakeIo } from "./fake_io.ts";

/** What people see of each failure: the words of the errors, as tests/docs/first_failures.test.ts provokes them. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
  "No codex binary was found": [
    "CodexNotFoundError: No codex binary was found. Tried:\n  - PATH: no folder on PATH has a usable codex",
    "The codex binary that CODEX_BIN names cannot be used:",
    "The environment variable CODEX_BIN cannot be used: it is a relative path",
  ],
  "The codex app-server ended before it answered": [
    "StartError: The codex app-server ended before it answered initialize (exit code 1). Its stderr ends with:\nError: x",
    "StartError: The codex app-server (/usr/bin/codex) ended with exit code 1 before it answered initialize",
    "The codex app-server ended with signal SIGKILL before it answered initialize. Its last words on stderr:\nx",
    "The codex app-server closed the connection before it answered initialize",
    'Error: CODEX_HOME points to "/nowhere", but that path does not exist',
  ],
  "Another version": [
    "toolOutput needs codex 0.151.0 or newer, and this server is codex 0.147.0. Nothing was sent",
    "Invalid request: unknown variant `thread/inTheFuture`, expected one of `initialize`",
  ],
  "Another process has the thread": [
    "ThreadBusyError: thread 01a2 already has an active writer. Another process on this home has it open",
  ],
  "Something else runs in the thread": [
    "ActiveTurnError: thread/compact/start: turn 01a2 runs in the thread and would be ended. Wait for its end",
    "turn/start: the thread's history is being compacted, and takes no input meanwhile",
  ],
  "The input cannot be used": [
    "TypeError: Input item 1 cannot be used: the URL of an image must be a data: URL of a PNG, JPEG, GIF or WebP",
    'TypeError: The input of tool t must describe an object of arguments, with type: "object" at its root, not none',
  ],
  "The server could not read a message": [
    "{ type: 'message-unreadable', line: 'Failed to deserialize JSONRPCMessage' }",
    "TypeError: params.x is nested too deep: a message may have 127 levels",
  ],
  "The proxy does not let it through": [
    "StartError: Cannot connect to wss://a.example: the proxy 127.0.0.1:3128 (HTTPS_PROXY) does not let it through: HTTP 407",
  ],
  "A command goes on after its turn": ["commands that were still running became background terminals"],
  "Not logged in": ["unexpected status 401 Unauthorized: Missing bearer or basic authentication in header"],
  "Deno did not permit": [
    'NotCapable: Requires run access to "/opt/codex", run again with the --allow-run flag',
    "StartError: Deno did not permit what starting codex needs",
  ],
  "No network": [
    "TimeoutError: ... Reconnecting... waiting for network: Connection failed: error sending request",
    "getaddrinfo ENOTFOUND api.openai.com",
  ],
  "The thread's folder does not exist": [
    "Failed to create unified exec process: No such file or directory (os error 2)",
    "{ type: 'missing-folder', threadId: '01a2', cwd: '/srv/new' }",
  ],
  "The sandbox does not work": ["bwrap: Creating new namespace failed: Operation not permitted"],
  "This runtime is too old": [
    "StartError: This runtime is too old: it has no process.getBuiltinModule. Use Node 20.16.0",
    "await using codex = await Codex.start();\n      ^^^^^\nSyntaxError: Unexpected identifier 'codex'",
  ],
  "Top-level await is currently not supported": [
    'Top-level await is currently not supported with the "cjs" output format',
  ],
  "An await is missing": ["TypeError: finalResponse takes a finished turn, found a promise: an await is missing"],
  "The option does not exist": [
    "TypeError: new Codex: the option modle does not exist. Did you mean model?",
    "TypeError: a turn: the option sandbox does not exist. Use sandboxPolicy",
    "TypeError: thread/start: tools is no param but an option: it belongs to the options",
    "TypeError: thread/start: effort is no param of a thread but of a turn",
    "TypeError: thread/rollback is no request of the pinned protocol. Its successor is thread/revert.",
  ],
  "No server request is pending": ["RangeError: No server request 7 is pending: it was refused (timeout)"],
  "The turn ended as failed": [
    "TurnFailedError: The turn failed (usageLimitExceeded): You've hit your usage limit.",
  ],
  "The agent was refused something": [
    "{ type: 'server-request-refused', method: 'item/commandExecution/requestApproval', reason: 'no-handler' }",
  ],
};

describe("doctor --explain", () => {
  test("[C2] every section is known by its words", () => {
    assertEquals(Object.keys(SEEN).sort(), SECTIONS.map(({ heading }) => heading).sort());
  });

  for (const [heading, texts] of Object.entries(SEEN)) {
    test(`[C2] ${heading}: known by its words`, () => {
      for (const text of texts) {
        assertEquals(sectionsFor(text)[0]?.heading, heading, text);
      }
    });
  }

  test("[C2] what to do about a failed turn, by its kind; and nothing about what is none", () => {
    assertEquals(turnErrorsIn("failed: contextWindowExceeded").map(([kind]) => kind), ["contextWindowExceeded"]);
    assertEquals(turnErrorsIn("everything else, and others").length, 0);
    assertEquals(sectionsFor("TypeError: x is not a function"), []);
  });

  test("[C2] for people, for programs, and from stdin", async () => {
    const text = "bwrap: Creating new namespace failed";
    const told = fakeIo();
    assertEquals(await main(["doctor", "--explain", text], told.io), 0);
    assertStringIncludes(told.out(), "The sandbox does not work\n  fix: ");
    assertStringIncludes(told.out(), "troubleshooting.md#the-sandbox-does-not-work");
    const piped = fakeIo({ input: text });
    assertEquals(await main(["doctor", "--explain", "-", "--json"], piped.io), 0);
    assertEquals(JSON.parse(piped.out()).sections[0].heading, "The sandbox does not work");
    const unknown = fakeIo();
    assertEquals(await main(["doctor", "--explain", "hm"], unknown.io), 1);
  });

  test("[C2] the addresses are those of the headings", () => {
    const anchor = addressOf(SECTIONS.find(({ heading }) => heading.startsWith("No codex"))!).split("#")[1];
    assertEquals(anchor, "no-codex-binary-was-found");
  });
});
