import {
  Codex,
  NotStartedError,
  recordingTransport,
  ResponseValidationError,
  stdioTransport,
} from "@codex-app-server/sdk";
import { CODEX_VERSION } from "@codex-app-server/sdk/protocol";
import { codexHome } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { serverInfo } from "../../src/client/connection/server_info.ts";
import { scripted } from "./scripted.ts";

const CLIENT = "codex_app_server_sdk";
const system = "(Debian 12.0.0; x86_64) xterm";

describe("codex.server", () => {
  test("[V3] is read out of every user agent, whatever the clients are called", () => {
    const names = [
      CLIENT,
      "",
      "my/app 9.9.9",
      "x/1.2.3 (y; z) t",
      "codex/7.7.7",
      "ünï",
      " a ",
      "1.2.3",
      "a (b; x86_64",
    ];
    for (const own of names) {
      // On a shared server, the first client has given its name to all.
      for (const first of new Set([own, "other", "some/2.0.0 client"])) {
        for (const version of ["0.169.0", "0.120.0", "0.170.0-alpha.1"]) {
          for (const rest of [system, "(Mac OS 15.1.0; arm64) vscode/1.90.0", "(Windows 10.0.19045; x86_64) unknown"]) {
            const userAgent = `${first}/${version} ${rest} (${own}; 0.1.0)`;
            assertEquals(serverInfo({ userAgent }, own), { name: "codex", version }, userAgent);
          }
        }
      }
    }
  });

  test("[V3] servers of another make are called what they call themselves", () => {
    const cases: [string, string, string][] = [
      ["codex-cli/0.98.0", "codex-cli", "0.98.0"],
      ["codex 1.2.3", "codex", "1.2.3"],
      ["scripted/0.169.0 (in memory)", "scripted", "0.169.0"],
      ["Some Server/2.0 (x)", "Some Server", "2.0"],
      ["unversioned", "unversioned", ""],
      ["v/latest", "v/latest", ""],
      [`${CLIENT}/0.5.0`, "codex", "0.5.0"],
      ["/0.5.0", "codex", "0.5.0"],
    ];
    for (const [userAgent, name, version] of cases) {
      assertEquals(serverInfo({ userAgent }, CLIENT), { name, version }, userAgent);
    }
  });

  test("[V3] is there after the start, and is a diagnostic only if the version differs", async () => {
    await using world = scripted({}, { validate: false });
    const { codex, server, diagnostics } = world;
    assertThrows(() => codex.server, NotStartedError, "codex.server is known only after the start");
    server.onRequest("initialize", () => ({ userAgent: `odd/${CODEX_VERSION}` }) as never);
    await codex.requestRaw("thread/start", {});
    assertEquals(codex.server, { name: "odd", version: CODEX_VERSION });
    assertEquals(diagnostics.filter(({ type }) => type === "version-skew"), []);
  });

  test("[V1] the answer to initialize may be the user agent alone, which is reported once; less is no app-server", async () => {
    await using world = scripted({}, { validate: false });
    world.server.onRequest("initialize", () => ({ userAgent: "codex-cli/0.98.0" }) as never);
    await world.codex.threadStart();
    assertEquals(world.codex.metadata, { userAgent: "codex-cli/0.98.0" } as never);
    const told = world.diagnostics.filter(({ type }) => type === "invalid-message" || type === "version-skew");
    assertEquals(told.map(({ type }) => type), ["invalid-message", "version-skew"]);

    await using strict = scripted({ validation: "strict" }, { validate: false });
    strict.server.onRequest("initialize", () => ({ userAgent: "codex-cli/0.98.0" }) as never);
    await assertRejects(() => strict.codex.threadStart(), ResponseValidationError, "codexHome");
    for (const answer of [null, 1, "codex", [], {}, { userAgent: "" }, { userAgent: 1, codexHome: "/" }]) {
      await using other = scripted({}, { validate: false });
      other.server.onRequest("initialize", () => answer as never);
      await assertRejects(() => other.codex.threadStart(), ResponseValidationError, "userAgent: missing or empty");
    }
  });

  test("[V3] of the real one, and a name of the client that looks like a version (real)", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:1/v1" });
    for (const clientName of [undefined, "evil/9.9.9 (x; y) z", "app/1.2.3"]) {
      await using codex = await Codex.start({ env: home.env, ...(clientName === undefined ? {} : { clientName }) });
      assertEquals(codex.server, { name: "codex", version: CODEX_VERSION });
    }
  });

  test("the process of a server of one's own is known while it runs (real)", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:1/v1" });
    const codex = new Codex({ env: home.env });
    assertEquals(codex.pid, null);
    await codex.models();
    const { pid } = codex;
    assert(pid !== null && pid > 0);
    process.kill(pid, 0); // throws if there is no such process
    await codex.close();
    assertEquals(codex.pid, null);
    assertThrows(() => process.kill(pid, 0));
    await using recorded = new Codex({
      transport: recordingTransport(stdioTransport({ env: home.env }), () => {}),
    });
    await recorded.models();
    assert(recorded.pid !== null);
    await using other = scripted();
    await other.codex.threadStart();
    assertEquals(other.codex.pid, null);
  });
});
