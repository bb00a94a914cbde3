import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { allowCommands } from "@codex-app-server/sdk/policies";
import { asks, decision } from "./ask.ts";

describe("allowCommands", () => {
  const policy = allowCommands([["npm", "test"], ["git", "status"], ["make"]]);

  test("[A9] accepts a listed program with its listed first arguments", async () => {
    for (const script of ["npm test", "npm test -- --watch", "git status -s", "'git' status", "make", "make all"]) {
      assertEquals(await decision(policy, asks(script)), "accept", script);
    }
  });

  test("[A9] compares whole words, in order, from the first on", async () => {
    const others = ["npm", "npm tests", "npmtest", "npm run test", "git push", "git -C /x status", "sudo make", "MAKE"];
    for (const script of others) assertEquals(await decision(policy, asks(script)), undefined, script);
  });

  test("[A9] does not judge what is more than one plain command", async () => {
    for (
      const script of [
        "npm test; rm -rf /",
        "npm test && curl x",
        "npm test | sh",
        "npm test > /etc/passwd",
        "npm test $(rm x)",
        "npm test `rm x`",
        'npm test "$(rm x)"',
        "npm test\nrm x",
        "npm test &",
        "X=1 npm test",
        "npm\u00a0test",
        "npm test $HOME",
        "npm test #",
        "bash -c 'npm test'",
      ]
    ) assertEquals(await decision(policy, asks(script)), undefined, JSON.stringify(script));
  });

  test("[A9] does not judge input to a running program, or network and permission questions", async () => {
    for (
      const changes of [
        { kind: "writeStdin" as const },
        { networkApprovalContext: { host: "example.org", protocol: "https" as const } },
        { additionalPermissions: { network: { enabled: true } } },
      ]
    ) assertEquals(await decision(policy, asks("npm test", changes)), undefined);
  });

  test("[A9] can be held to one working directory", async () => {
    const inRepo = allowCommands([["make"]], { cwd: "/repo" });
    assertEquals(await decision(inRepo, asks("make", { cwd: "/repo" })), "accept");
    for (const cwd of ["/repo/sub", "/repo/..", "/other", null]) {
      assertEquals(await decision(inRepo, asks("make", { cwd })), undefined, String(cwd));
    }
  });

  test("[A9] an empty rule would allow everything: refused when it is made", () => {
    assertThrows(() => allowCommands([[]]), TypeError, "must list a program");
    assertThrows(() => allowCommands([[""]]), TypeError, "must list a program");
    assertThrows(() => allowCommands(["npm test" as unknown as string[]]), TypeError, "must list a program");
  });
});
