import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { check, SERVER_REQUESTS, type ServerRequestMethod } from "@codex-app-server/sdk/protocol";
import { safeRefusal } from "../../src/router/refusals.ts";
import { REQUESTS } from "../policies/requests.ts";

const methods = Object.keys(SERVER_REQUESTS) as ServerRequestMethod[];

describe("refusals", () => {
  test("[A1] every server request of the protocol has one, valid in its own shape", () => {
    assertEquals(methods.length, 11);
    for (const method of methods) {
      const refusal = safeRefusal(method, REQUESTS[method]);
      if ("error" in refusal) continue;
      assertEquals(check(SERVER_REQUESTS[method].result, refusal.result, { unknownKeys: true }).issues, [], method);
    }
  });

  test("[A1] an error only where the protocol has no shape for a no", () => {
    const errors = methods.filter((method) => "error" in safeRefusal(method, REQUESTS[method]));
    assertEquals(errors.sort(), ["account/chatgptAuthTokens/refresh", "attestation/generate"]);
  });

  test("[A1] nothing accepts, grants or answers", () => {
    for (const method of methods) {
      const text = JSON.stringify(safeRefusal(method, REQUESTS[method]));
      assert(!/accept|approved|"success":true|"enabled":true|"write"/.test(text), text);
    }
    const result = (method: ServerRequestMethod) => {
      const refusal = safeRefusal(method, REQUESTS[method], "no");
      return "result" in refusal ? refusal.result : undefined;
    };
    assertEquals<unknown>(result("item/commandExecution/requestApproval"), { decision: "decline" });
    assertEquals<unknown>(result("item/fileChange/requestApproval"), { decision: "decline" });
    assertEquals<unknown>(result("item/permissions/requestApproval"), { permissions: {}, scope: "turn" });
    assertEquals<unknown>(result("item/tool/requestUserInput"), { answers: {} });
    assertEquals<unknown>(result("mcpServer/elicitation/request"), { action: "decline", content: null });
    assertEquals<unknown>(result("execCommandApproval"), { decision: { denied: { rejection: "no" } } });
    assertEquals<unknown>(result("applyPatchApproval"), { decision: { denied: { rejection: "no" } } });
  });

  test("[A1] the time is told, in whole seconds", () => {
    const before = Math.floor(Date.now() / 1000);
    const refusal = safeRefusal("currentTime/read", REQUESTS["currentTime/read"]);
    assert("result" in refusal);
    const { currentTimeAt } = refusal.result as { currentTimeAt: number };
    assert(Number.isInteger(currentTimeAt));
    assert(currentTimeAt >= before && currentTimeAt <= Date.now() / 1000);
  });

  test("[A1] the model is told which tool gave no result, and why", () => {
    const text = JSON.stringify(safeRefusal("item/tool/call", REQUESTS["item/tool/call"], "the client is closing"));
    assertStringIncludes(text, "weather");
    assertStringIncludes(text, "the client is closing");
  });

  test("[A1] whatever the params are, there is an answer", () => {
    const hostile = { toString: 1, valueOf: 1 };
    for (
      const params of [undefined, null, 1, "x", [], hostile, { tool: hostile }, { tool: [[hostile]] }, { tool: 7 }]
    ) {
      for (const method of methods) {
        const refusal = safeRefusal(method, params, "no");
        if ("error" in refusal) continue;
        assertEquals(check(SERVER_REQUESTS[method].result, refusal.result, { unknownKeys: true }).issues, [], method);
      }
    }
  });

  test("[A1] unknown methods are -32601, also those that objects have by nature", () => {
    for (const method of ["nobody/knows", "toString", "__proto__", "constructor"]) {
      const refusal = safeRefusal(method, {});
      assert("error" in refusal);
      assertEquals(refusal.error.code, -32601);
      assertStringIncludes(refusal.error.message, method);
    }
  });

  test("[A1] params of any shape are refused like good ones", () => {
    for (const method of methods) {
      for (const params of [undefined, null, 3, "x", [], {}]) {
        const refusal = safeRefusal(method, params);
        if ("error" in refusal) continue;
        assertEquals(check(SERVER_REQUESTS[method].result, refusal.result, { unknownKeys: true }).issues, [], method);
      }
    }
  });
});
