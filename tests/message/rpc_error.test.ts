import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { RawError } from "../../src/message/message.ts";
import { toRpcError } from "../../src/message/rpc_error.ts";

const named = (error: RawError, method = "thread/read") => toRpcError(method, error).name;

describe("toRpcError", () => {
  test("[Q4] the standard codes have their classes, and unknown ones the base class", () => {
    const names = [-32700, -32600, -32601, -32602, -32603, -32050, 7].map((code) => named({ code, message: "no" }));
    assertEquals(names, [
      "ParseError",
      "InvalidRequestError",
      "MethodNotFoundError",
      "InvalidParamsError",
      "InternalRpcError",
      "JsonRpcError",
      "JsonRpcError",
    ]);
  });

  test("[Q4] the real server's texts behind -32600 tell unknown methods and bad params", () => {
    const unknown = "Invalid request: unknown variant `nope`, expected one of `initialize`, `thread/start`";
    assertEquals(named({ code: -32600, message: unknown }, "nope"), "MethodNotFoundError");
    assertEquals(named({ code: -32600, message: unknown.replaceAll("`", "'") }, "nope"), "MethodNotFoundError");
    // A variant of some parameter, not the method.
    assertEquals(named({ code: -32600, message: unknown }, "thread/start"), "InvalidParamsError");
    for (const problem of ["missing field `threadId`", "invalid type: integer `1`, expected a string"]) {
      assertEquals(named({ code: -32600, message: `Invalid request: ${problem}` }), "InvalidParamsError");
    }
    assertEquals(named({ code: -32600, message: "thread not found: 1" }), "InvalidRequestError");
  });

  test("[Q4] overload is known by -32001, or by data in any casing and depth", () => {
    for (const data of [undefined, null, "busy", { retryAfterMs: 5 }]) {
      const refusal = { code: -32001, message: "Server overloaded; retry later.", data };
      assertEquals(named(refusal), "ServerBusyError");
    }
    const overloaded = [
      "server_overloaded",
      "serverOverloaded",
      { codex_error_info: "server_overloaded" },
      { error: [{ codexErrorInfo: "serverOverloaded" }] },
      { codexErrorInfo: { serverOverloaded: { httpStatusCode: 503 } } },
    ];
    for (const data of overloaded) assertEquals(named({ code: -32000, message: "no", data }), "ServerBusyError");
    assertEquals(named({ code: -32000, message: "no", data: { codexErrorInfo: "other" } }), "JsonRpcError");
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    assertEquals(named({ code: -32000, message: "no", data: cyclic }), "JsonRpcError");
  });

  test("[Q4] a server that gave up after retries says so, overloaded or not", () => {
    for (const message of ["retry limit reached", "Too many failed attempts"]) {
      assertEquals(named({ code: -32001, message }), "RetryLimitExceededError");
      assertEquals(named({ code: -32000, message, data: "serverOverloaded" }), "RetryLimitExceededError");
    }
  });

  test("[Q4] code, data and method are kept, and a list of all methods is cut short", () => {
    const error = toRpcError("thread/read", { code: -32050, message: "no", data: { a: 1 } });
    assertEquals([error.rpcCode, error.data, error.method, error.code], [-32050, { a: 1 }, "thread/read", "JSON_RPC"]);
    const long = `Invalid request: unknown variant \`nope\`, expected one of ${"`x`, ".repeat(2000)}`;
    assertEquals(toRpcError("nope", { code: -32600, message: long }).message.length < 600, true);
  });
});
