import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { denyAll, exhaustive, type ExhaustiveHandlers, policyHandlers } from "@codex-app-server/sdk/policies";
import { SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";

const all: ExhaustiveHandlers = {
  ...policyHandlers(denyAll()),
  "item/tool/call": "refuse",
  "item/tool/requestUserInput": "refuse",
  "currentTime/read": () => ({ currentTimeAt: 0 }),
  "account/chatgptAuthTokens/refresh": "refuse",
  "attestation/generate": "refuse",
};

describe("exhaustive", () => {
  test("keeps the handlers, and leaves out what is knowingly refused", () => {
    const handlers = exhaustive(all);
    assertEquals(Object.keys(all).sort(), Object.keys(SERVER_REQUESTS).sort());
    assertEquals(Object.keys(handlers).length, 7);
    assertEquals(handlers["item/tool/call"], undefined);
    assertEquals(typeof handlers["currentTime/read"], "function");
  });

  test("a forgotten kind, a wrong name and a wrong answer do not compile", () => {
    const { "item/tool/call": _, ...forgotten } = all;
    // @ts-expect-error -- item/tool/call is missing
    exhaustive(forgotten);
    // @ts-expect-error -- there is no such request
    exhaustive({ ...all, "item/tool/kall": "refuse" });
    // @ts-expect-error -- the answer has another shape
    exhaustive({ ...all, "currentTime/read": () => ({ time: 0 }) });
    assertEquals(Object.keys(forgotten).length, 10);
  });
});
