import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import {
  acceptForSession,
  allowCommands,
  type ApprovalPolicy,
  denyAll,
  firstOf,
  readOnlyCommands,
} from "@codex-app-server/sdk/policies";
import { asks, decision, judge } from "./ask.ts";

const silent: ApprovalPolicy = () => undefined;

describe("combining policies", () => {
  test("[A9] the first that can judge decides, and signs", async () => {
    const policy = firstOf(silent, readOnlyCommands(), allowCommands([["make"]]), denyAll("not here"));
    assertEquals(await judge(policy, asks("cat a")), {
      decision: "accept",
      reason: "only reads: cat a",
      policy: "readOnlyCommands",
    });
    assertEquals((await judge(policy, asks("make")))?.policy, "allowCommands");
    assertEquals(await judge(policy, asks("rm a")), { decision: "decline", reason: "not here", policy: "denyAll" });
  });

  test("[A9] those after the first are not asked", async () => {
    let asked = 0;
    const counting: ApprovalPolicy = () => {
      asked++;
      return { decision: "accept", reason: "counted" };
    };
    await judge(firstOf(denyAll(), counting), asks("rm a"));
    assertEquals(asked, 0);
    assertEquals(await decision(firstOf(silent, counting), asks("rm a")), "accept");
    assertEquals(asked, 1);
  });

  test("[A9] none can judge: neither can the whole", async () => {
    assertEquals(await judge(firstOf(), asks("cat a")), undefined);
    assertEquals(await judge(firstOf(silent, firstOf(silent)), asks("cat a")), undefined);
  });

  test("[A9] acceptForSession widens what is accepted, and nothing else", async () => {
    assertEquals(await judge(acceptForSession(readOnlyCommands()), asks("cat a")), {
      decision: "acceptForSession",
      reason: "only reads: cat a",
      policy: "readOnlyCommands",
    });
    assertEquals(await judge(acceptForSession(readOnlyCommands()), asks("rm a")), undefined);
    assertEquals(await decision(acceptForSession(denyAll()), asks("cat a")), "decline");
    const cancelling: ApprovalPolicy = () => ({ decision: "cancel", reason: "stop" });
    assertEquals(await decision(acceptForSession(cancelling), asks("cat a")), "cancel");
  });

  test("[A9] nested combinations keep the name of the policy that decided", async () => {
    const policy = firstOf(firstOf(silent), acceptForSession(firstOf(readOnlyCommands())));
    assertEquals((await judge(policy, asks("cat a")))?.policy, "readOnlyCommands");
  });
});
