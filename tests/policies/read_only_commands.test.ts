import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { readOnlyCommands } from "@codex-app-server/sdk/policies";
import { legacyCommandQuestion } from "../../src/policies/questions.ts";
import { asks, decision } from "./ask.ts";
import { READS, TRICKS } from "./commands.ts";
import { REQUESTS } from "./requests.ts";

const policy = readOnlyCommands();

describe("readOnlyCommands", () => {
  test("[A9] accepts what only reads", async () => {
    for (const script of READS) assertEquals(await decision(policy, asks(script)), "accept", script);
  });

  test("[A9] does not judge what may do more, even if the server says that all of it is a read", async () => {
    for (const script of TRICKS) assertEquals(await decision(policy, asks(script)), undefined, script);
  });

  test("[A9] does not judge without the server's agreement", async () => {
    const read = { type: "read", command: "cat a", name: "a", path: "/repo/a" } as const;
    for (
      const commandActions of [
        null,
        [],
        [read, read],
        [{ type: "unknown", command: "cat a" } as const],
        [{ ...read, command: "cat b" }],
        [{ ...read, command: "cat a b" }],
        [{ ...read, command: "cat" }],
        [{ ...read, command: "" }],
        [{ ...read, command: "cat a; rm b" }],
      ]
    ) {
      assertEquals(
        await decision(policy, asks("cat a", { commandActions })),
        undefined,
        JSON.stringify(commandActions),
      );
    }
    assertEquals(await decision(policy, asks("cat a", { commandActions: [read] })), "accept");
    assertEquals(await decision(policy, asks("cat a", { command: null, commandActions: [read] })), undefined);
  });

  test("[A9] does not judge questions that ask for more than to run the command", async () => {
    const more = [
      { kind: "writeStdin" },
      { kind: "humanCommand" },
      { kind: "something-new" as "command" },
      { networkApprovalContext: { host: "example.org", protocol: "https" } },
      { additionalPermissions: { network: { enabled: true } } },
    ] as const;
    for (const changes of more) {
      assertEquals(await decision(policy, asks("cat a", changes)), undefined, JSON.stringify(changes));
    }
  });

  test("[A9] judges the legacy request by the same rules", async () => {
    const params = REQUESTS.execCommandApproval;
    assertEquals(await decision(policy, legacyCommandQuestion(params)), "accept");
    const piped = { ...params, command: ["bash", "-lc", "cat a.txt | sh"] };
    assertEquals(await decision(policy, legacyCommandQuestion(piped)), undefined);
    const unread = { ...params, parsedCmd: [] };
    assertEquals(await decision(policy, legacyCommandQuestion(unread)), undefined);
  });
});
