import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { classify } from "../../src/message/message.ts";

describe("classify", () => {
  test("[F6] what is no message is skipped, with the reason", () => {
    const reason = (line: string) => {
      const message = classify(line);
      return message.kind === "skip" ? message.reason : message.kind;
    };
    assertEquals(reason(""), "blank");
    assertEquals(reason("  \t"), "blank");
    assertEquals(reason("Welcome to codex!"), "not-json");
    assertEquals(reason("\u001b[32m{\u001b[0m"), "not-json");
    assertEquals(reason("[1,2]"), "not-json");
    assertEquals(reason('{"method":"x"'), "broken-json");
    assertEquals(reason("{}"), "not-a-message");
    assertEquals(reason('{"id":true,"result":1}'), "not-a-message");
    assertEquals(reason('{"id":null,"method":"x"}'), "not-a-message");
    assertEquals(reason(' {"method":"x"} '), "notification");
    assertEquals(reason('\uFEFF{"method":"x"}'), "notification");
  });

  test("[F7] ids are numbers or strings and stay what they are", () => {
    assertEquals(classify('{"id":0,"method":"m","params":{"a":1}}'), {
      kind: "request",
      id: 0,
      method: "m",
      params: { a: 1 },
    });
    assertEquals(classify('{"id":"0","result":null}'), { kind: "result", id: "0", result: null });
    assertEquals(classify('{"id":1.5,"result":[]}'), { kind: "result", id: 1.5, result: [] });
    assertEquals(classify('{"id":7}'), { kind: "neither", id: 7 });
    assertEquals(classify('{"id":7,"result":{},"error":null}'), { kind: "result", id: 7, result: {} });
  });

  test("[F7] an error is read as far as it goes", () => {
    const error = (json: string) => {
      const message = classify(`{"id":1,"error":${json}}`);
      return message.kind === "error" ? message.error : message.kind;
    };
    assertEquals(error('{"code":-32001,"message":"busy","data":{"a":1}}'), {
      code: -32001,
      message: "busy",
      data: { a: 1 },
    });
    const silent = { code: -32000, message: "The server gave no message", data: undefined };
    assertEquals(error('{"code":"x"}'), silent);
    assertEquals(error('"boom"'), { ...silent, message: "boom" });
    assertEquals(error("7"), silent);
  });

  test("[F8] an id that a number cannot hold exactly is skipped, never answered as another one", () => {
    assertEquals(classify('{"id":9007199254740993,"method":"m"}'), { kind: "skip", reason: "unsafe-id" });
    assertEquals(classify('{"id":9007199254740993,"result":1}'), { kind: "skip", reason: "unsafe-id" });
    assertEquals(classify('{"id":1e400,"method":"m"}'), { kind: "skip", reason: "unsafe-id" });
    assertEquals(classify('{"id":9007199254740991,"result":1}'), { kind: "result", id: 9007199254740991, result: 1 });
  });

  test("[F8] other integers beyond 2^53 are the nearest number, as JSON.parse reads them", () => {
    const message = classify('{"method":"m","params":{"n":9007199254740993}}');
    const params = message.kind === "notification" ? message.notification.params : undefined;
    assertEquals(params, { n: 9007199254740992 });
  });
});
