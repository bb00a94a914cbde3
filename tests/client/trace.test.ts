import { type Diagnostic, retryOnOverload, type TraceContext, type Transport } from "@codex-app-server/sdk";
import { withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { type Scripted, scripted } from "./scripted.ts";

const trace = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

interface Line {
  readonly id?: number;
  readonly method?: string;
  readonly trace?: TraceContext;
}

/** A client on a scripted server, and what it writes. */
function watched(options: Parameters<typeof scripted>[0] & object): Scripted & { readonly sent: Line[] } {
  const sent: Line[] = [];
  const own = scripted((server) => ({
    ...options,
    transport: (): Transport => {
      const inner = server.connect();
      const writer = inner.writable.getWriter();
      const writable = new WritableStream<string>({
        write: (line) => {
          sent.push(JSON.parse(line));
          return writer.write(line);
        },
      });
      return { readable: inner.readable, closed: inner.closed, close: () => inner.close(), writable };
    },
  }));
  own.server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
  return { ...own, sent, [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() };
}

describe("trace context", () => {
  test("[V7] goes with every request, the first one included, and with nothing else", async () => {
    await using world = watched({ traceContext: () => ({ traceparent: trace("1"), tracestate: "vendor=1" }) });
    const { codex, sent } = world;
    await codex.models();
    await codex.requestRaw("model/list", {});
    await codex.threadStart();
    const requests = sent.filter(({ id, method }) => id !== undefined && method !== undefined);
    assertEquals(new Set(requests.map(({ method }) => method)), new Set(["initialize", "model/list", "thread/start"]));
    for (const line of sent) {
      const expected = requests.includes(line) ? { traceparent: trace("1"), tracestate: "vendor=1" } : undefined;
      assertEquals(line.trace, expected, line.method);
    }
  });

  test("[V7] is asked for in the async context of each caller, also of those that wait for the start or their turn", async () => {
    const active = new AsyncLocalStorage<string>();
    const traceContext = () => active.getStore() === undefined ? undefined : { traceparent: trace(active.getStore()!) };
    await using world = watched({ traceContext, limits: { requestsInFlight: 1 } });
    const { codex, sent } = world;
    const digits = ["1", "2", "3", "4"];
    await Promise.all(digits.map((digit) => active.run(digit, () => codex.models({ cursor: digit }))));
    await active.run("5", () => retryOnOverload(() => codex.models()));
    await codex.models();
    const of = sent.filter(({ method }) => method === "model/list").map((line) => line.trace?.traceparent);
    assertEquals(of, [...digits, "5"].map(trace).concat([undefined as never]));
  });

  test("[V7] one call can name its own", async () => {
    await using world = watched({ traceContext: () => ({ traceparent: trace("1") }) });
    const { codex, sent } = world;
    await codex.models({}, { trace: { traceparent: trace("2") } });
    assertEquals(sent.at(-1)?.trace, { traceparent: trace("2") });
    const wrong = { traceparent: 1 } as never;
    await assertRejects(() => codex.models({}, { trace: wrong }), TypeError, "trace.traceparent must be a string");
    await assertRejects(
      () => codex.models({}, { trace: { traceparent: "\ud83d" } }),
      TypeError,
      "trace.traceparent must be",
    );
  });

  test("[V7] a source that fails or says nonsense costs the trace, is reported, and costs nothing else", async () => {
    const answers: (() => unknown)[] = [
      () => {
        throw new Error("no tracer");
      },
      () => ({ traceparent: 7 }),
      () => ({ traceparent: "\ud83d" }),
      () => ({ traceparent: trace("1"), tracestate: "a\nb" }),
    ];
    const none = [
      () => undefined,
      () => null,
      () => ({}),
      () => ({ traceparent: null }),
      () => ({ tracestate: "a=b" }),
    ];
    for (const answer of [...answers, ...none]) {
      const diagnostics: Diagnostic[] = [];
      await using world = watched({ traceContext: answer as never, onDiagnostic: (seen) => diagnostics.push(seen) });
      const { codex, sent } = world;
      await codex.models();
      assertEquals(sent.map((line) => line.trace), sent.map(() => undefined));
      const reports = diagnostics.filter((seen) => seen.type === "callback-threw").map(({ callback }) => callback);
      assertEquals(
        reports,
        answers.includes(answer) ? sent.filter(({ id }) => id !== undefined).map(() => "traceContext") : [],
      );
    }
  });

  test("[V7] the model's request carries the trace (real)", async () => {
    let traceparent: string | undefined = trace("a");
    // The server makes spans, and passes them on, only while it has somewhere to send them.
    const exporter = { "otlp-http": { endpoint: "http://127.0.0.1:1/v1/traces", protocol: "json" } };
    const config = { otel: { trace_exporter: exporter } };
    const traceContext = () => ({ traceparent, tracestate: "vendor=1" });
    await withAppServer({ codex: { config, traceContext } }, async ({ codex, model }) => {
      model.reply("one").reply("two").reply("three");
      const thread = await codex.threadStart();
      await thread.run("hi");
      traceparent = trace("b");
      await thread.run("hi");
      traceparent = undefined;
      await thread.run("hi");
      const [first, second, third] = model.requests.map(({ headers }) => headers["traceparent"] ?? "");
      assert(first!.startsWith(`00-${"a".repeat(32)}-`), first);
      assert(second!.startsWith(`00-${"b".repeat(32)}-`), second);
      assert(!/^00-(a{32}|b{32})-/.test(third!), third);
    });
  });
});
