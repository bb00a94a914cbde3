import { InvalidParamsError, MethodNotFoundError } from "@codex-app-server/sdk";
import {
  CLIENT_REQUESTS,
  CODEX_VERSION,
  OLDEST_VERSION,
  type RequestMethod,
  SINCE,
} from "@codex-app-server/sdk/protocol";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { before, describe, test } from "node:test";
import * as internal from "../../src/errors.ts";
import { loadProtocol } from "../../src/message/protocol.ts";
import { tooNew } from "../../src/message/too_new.ts";
import { compareVersions } from "../../src/util/versions.ts";
import { scripted } from "../client/scripted.ts";

const of = (version: string) => ({ name: "codex", version });

/** A value with `leaf` at a path such as `input[].detail`. */
function at(path: string, leaf: unknown): Record<string, unknown> {
  const steps = path.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];
  const value = steps.reduceRight<unknown>(
    (inner, step) => step === "[]" ? [{}, inner] : { [step === "{}" ? "any key" : step]: inner },
    leaf,
  );
  return value as Record<string, unknown>;
}

/** The version right before another one, as far as it matters here. */
function before_(version: string): string {
  const [major, minor] = version.split(".").map(Number);
  return `${major}.${minor! - 1}.9`;
}

describe("what a server is too old for", () => {
  before(loadProtocol);

  test("[V2] every line of the table: refused by the version before, taken by its own and by all later ones", () => {
    let lines = 0;
    for (const [method, version] of Object.entries(SINCE.requests)) {
      lines++;
      const error = tooNew(of(before_(version)), method, {});
      assert(error instanceof internal.MethodNotFoundError, method);
      assertStringIncludes(error.message, `${method}: it needs codex ${version} or newer`);
      assertStringIncludes(error.message, `this server is codex ${before_(version)}`);
      for (const good of [version, `${version.slice(0, -1)}7`, CODEX_VERSION, "1.0.0"]) {
        assertEquals(tooNew(of(good), method, {}), undefined, `${method} ${good}`);
      }
    }
    for (const [method, params] of Object.entries(SINCE.params)) {
      for (const [path, version] of Object.entries(params)) {
        lines++;
        const young = compareVersions(version, SINCE.requests[method] ?? OLDEST_VERSION) > 0;
        assert(young, `${method} ${path} is no younger than its request`);
        for (const value of ["x", 0, false, [], {}]) {
          const error = tooNew(of(before_(version)), method, at(path, value));
          if (error instanceof internal.MethodNotFoundError) continue; // too old for the request as well
          assert(error instanceof internal.InvalidParamsError, `${method} ${path}`);
          assertStringIncludes(error.message, `${path} needs codex ${version} or newer`);
          assert(error.issues.some((issue) => issue.path === path));
          // An older parent may be asked for as well, but not by a server that knows the leaf.
          assertEquals(tooNew(of(version), method, at(path, value)), undefined, `${method} ${path}`);
        }
        for (const value of [null, undefined]) {
          const error = tooNew(of(before_(version)), method, at(path, value));
          assert(!(error instanceof internal.InvalidParamsError) || !error.issues.some((issue) => issue.path === path));
        }
      }
    }
    assert(lines > 200, `${lines} lines`);
  });

  test("[V2] the table speaks of the protocol as it is, and never of a version beyond it", () => {
    for (const method of [...Object.keys(SINCE.requests), ...Object.keys(SINCE.params)]) {
      assert(Object.hasOwn(CLIENT_REQUESTS, method), method);
    }
    const versions = [...Object.values(SINCE.requests), ...Object.values(SINCE.params).flatMap(Object.values)];
    for (const version of versions) {
      assert(compareVersions(version, OLDEST_VERSION) > 0 && compareVersions(version, CODEX_VERSION) <= 0, version);
    }
  });

  test("[V2] what was reviewed: the four that the official SDK guards too, and a tag that loses nothing", () => {
    const { "turn/start": turn, "thread/resume": resume, "thread/fork": fork, "thread/start": start } = SINCE.params;
    assertEquals([turn?.["toolOutput"], turn?.["turnTrigger"], turn?.["serviceTierForTurn"]], Array(3).fill("0.151.0"));
    assertEquals([resume?.["excludeTurns"], fork?.["excludeTurns"]], ["0.151.0", "0.151.0"]);
    assertEquals([start?.["dynamicTools[].type"], start?.["dynamicTools[].tools"]], [undefined, "0.141.0"]);
  });

  test("[V2] of a server that does not tell its version, or of a checkout, nothing is refused", () => {
    for (const version of ["", "unknown", "0.0.0", "0.0.0-dev", "2"]) {
      assertEquals(tooNew(of(version), "turn/start", { toolOutput: {} }), undefined, version);
    }
    for (const version of ["0.151.0-alpha.1", "0.98.0"]) {
      assert(tooNew(of(version), "turn/start", { toolOutput: {} }) !== undefined, version);
    }
  });

  test("[V2] nothing is sent, whichever way it was asked for; the rest of the connection is as ever", async () => {
    await using world = scripted({}, { validate: false });
    const { codex, server } = world;
    server.onRequest("initialize", () => ({ userAgent: "x/0.150.1 (Linux 6; x86_64)" }) as never);
    const thread = await codex.threadStart();
    const asked: (() => Promise<unknown>)[] = [
      () => thread.run([], { toolOutput: { name: "build", output: "failed" } }),
      () => thread.run("hi", { turnTrigger: "ci" as never }),
      () => thread.run("hi", { serviceTierForTurn: "fast" as never }),
      () => codex.threadResume(thread.id, { excludeTurns: true }),
      () => codex.threadFork(thread.id, { excludeTurns: true }),
      () => codex.request("thread/resume", { threadId: thread.id, excludeTurns: true }),
    ];
    let received = 0;
    for (const method of ["turn/start", "thread/resume", "thread/fork", "modelProvider/list"] as const) {
      server.onRequest(method, () => ({ received: ++received }) as never);
    }
    for (const ask of asked) {
      const error = await assertRejects(
        ask,
        InvalidParamsError,
        "needs codex 0.151.0 or newer, and this server is codex 0.150.1",
      );
      assertEquals(error.issues.length, 1);
    }
    const missing: RequestMethod = "modelProvider/list";
    await assertRejects(() => codex.request(missing, {}), MethodNotFoundError, "needs codex");
    assertEquals(received, 0);
    // Whoever knows better says so.
    assertEquals(await codex.requestRaw("thread/resume", { threadId: thread.id, excludeTurns: true }), { received: 1 });
  });
});
