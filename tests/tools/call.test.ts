import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { check, type DynamicToolCallResponse, SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";
import { tool, type ToolContext, type ToolExecute, toolHandlers, toolNamespace } from "@codex-app-server/sdk/tools";
import { deferred } from "../../src/util/deferred.ts";
import { contextOf, PASSED } from "../policies/context.ts";
import { REQUESTS } from "../policies/requests.ts";
import { LIBRARIES } from "./schemas.ts";

const PARAMS = REQUESTS["item/tool/call"];

async function call(
  given: Partial<Parameters<typeof tool>[0]> & { execute: ToolExecute<never> },
  args: unknown = { city: "Oslo" },
  signal?: AbortSignal,
): Promise<DynamicToolCallResponse> {
  const input = { type: "object", properties: {} };
  const handler = toolHandlers([tool({ name: "weather", description: "d", input, ...given })])["item/tool/call"];
  const ctx = contextOf("item/tool/call", signal === undefined ? {} : { signal });
  const response = await handler({ ...PARAMS, arguments: args }, ctx) as DynamicToolCallResponse;
  assertEquals(check(SERVER_REQUESTS["item/tool/call"].result, response, { unknownKeys: true }).issues, []);
  return response;
}

const text = (response: DynamicToolCallResponse) => {
  const [item] = response.contentItems;
  assert(item?.type === "inputText" && response.contentItems.length === 1);
  return item.text;
};

describe("calling a tool", () => {
  for (const [library, input] of Object.entries(LIBRARIES)) {
    test(`[A10] ${library}: arguments are checked before the tool runs`, async () => {
      const seen: unknown[] = [];
      const execute = (args: unknown) => {
        seen.push(args);
        return "ok";
      };
      const good = await call({ input, execute }, { city: "Oslo", days: 2 });
      assertEquals([good.success, text(good)], [true, "ok"]);
      for (const args of [{ city: "Oslo" }, { city: "", days: 1 }, { city: 3, days: 1.5 }, null, "x", [], undefined]) {
        const bad = await call({ input, execute }, args);
        assertEquals(bad.success, false);
        assertStringIncludes(text(bad), "arguments of weather do not fit");
      }
      assertEquals(seen, [{ city: "Oslo", days: 2 }]);
    });

    test(`[A10] ${library}: a mismatch tells the model where and what`, async () => {
      const told = text(await call({ input, execute: () => "" }, { city: "Oslo", days: "many" }));
      assertStringIncludes(told, "days");
    });
  }

  test("[A10] a JSON Schema is shown to the model, not enforced", async () => {
    const input = { type: "object", properties: { city: { type: "number" } } };
    const response = await call({ input, execute: (args) => args });
    assertEquals([response.success, text(response)], [true, '{"city":"Oslo"}']);
  });

  test("[A10] strings, content and JSON reach the model as such", async () => {
    assertEquals(text(await call({ execute: () => "plain" })), "plain");
    assertEquals(text(await call({ execute: () => Promise.resolve("later") })), "later");
    assertEquals(text(await call({ execute: () => ({ a: [1, null] }) })), '{"a":[1,null]}');
    assertEquals(text(await call({ execute: () => [] })), "[]");
    assertEquals(text(await call({ execute: () => [{ type: "inputText" }] })), '[{"type":"inputText"}]');
    assertEquals(
      text(await call({ execute: () => [{ type: "toString", text: "x" }] })),
      '[{"type":"toString","text":"x"}]',
    );
    assertEquals(text(await call({ execute: () => 0 })), "0");
    assertEquals(text(await call({ execute: () => null })), "null");
    assertEquals(text(await call({ execute: () => undefined })), "done");
    const items = [
      { type: "inputText", text: "see" },
      { type: "inputImage", imageUrl: "data:image/png;base64,AA==" },
      { type: "inputAudio", audioUrl: "data:audio/wav;base64,AA==" },
    ] as const;
    assertEquals<unknown>((await call({ execute: () => items })).contentItems, items);
  });

  test("[A10] what is thrown goes to the model as a failed result", async () => {
    const thrown: readonly [unknown, string][] = [
      [new Error("no such city"), "no such city"],
      ["just text", "just text"],
      [undefined, "undefined"],
      [null, "null"],
    ];
    for (const [reason, message] of thrown) {
      for (
        const execute of [() => Promise.reject(reason), () => {
          throw reason;
        }]
      ) {
        const response = await call({ execute });
        assertEquals(response.success, false);
        assertStringIncludes(text(response), `weather failed: ${message}`);
      }
    }
  });

  test("[A10] what has no JSON is a failed result", async () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const output of [cycle, 10n]) assertEquals((await call({ execute: () => output })).success, false);
  });

  test("[A10] a schema that throws is a failed result", async () => {
    const input = { "~standard": { version: 1, vendor: "broken", validate: () => Promise.reject(new Error("boom")) } };
    const response = await call({ input: input as never, execute: () => "" });
    assertStringIncludes(text(response), "boom");
  });

  test("[A10] a tool past its deadline is given up, and told by its signal", async () => {
    const started = deferred<ToolContext>();
    const response = await call({
      timeoutMs: 20,
      execute: (_args, ctx) => {
        started.resolve(ctx);
        return new Promise(() => {});
      },
    });
    assertEquals(response.success, false);
    assertStringIncludes(text(response), "no result within 20 ms");
    const { signal } = await started.promise;
    assertEquals(signal.aborted, true);
    assertEquals(signal.reason.name, "TimeoutError");
  });

  test("[A3] a call that nobody waits for any more aborts the tool's signal, and ends", async () => {
    const controller = new AbortController();
    const started = deferred<ToolContext>();
    const execute = (_args: unknown, ctx: ToolContext) => {
      started.resolve(ctx);
      return new Promise(() => {});
    };
    const pending = call({ execute }, {}, controller.signal);
    const ctx = await started.promise;
    assertEquals([ctx.threadId, ctx.turnId, ctx.callId], ["thread-1", "turn-1", "call-1"]);
    assertEquals(ctx.signal.aborted, false);
    const reason = new Error("turn over");
    controller.abort(reason);
    assertEquals((await pending).success, false);
    assertEquals(ctx.signal.reason, reason);
  });

  test("[A10] calls are told apart by namespace and name; unknown ones are passed on", async () => {
    const reply = (name: string, says: string) =>
      tool({ name, description: "", input: { type: "object" }, execute: () => says });
    const handler = toolHandlers([
      reply("find", "plain"),
      toolNamespace({ name: "crm", description: "", tools: [reply("find", "crm")] }),
      toolNamespace({ name: "erp", description: "", tools: [reply("find", "erp")] }),
    ])["item/tool/call"];
    const answers = [];
    for (
      const [namespace, name] of [
        [null, "find"],
        ["crm", "find"],
        ["erp", "find"],
        [null, "lose"],
        ["x", "find"],
        [null, "crm/find"],
      ] as const
    ) {
      const answer = await handler({ ...PARAMS, namespace, tool: name }, contextOf("item/tool/call"));
      answers.push(answer === PASSED ? "passed" : text(answer as DynamicToolCallResponse));
    }
    assertEquals(answers, ["plain", "crm", "erp", "passed", "passed", "passed"]);
  });
});
