// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs a turn of the real server, with a command, an approval and a sub-agent, and draws its trace: what OpenTelemetry's
 * in-memory exporter got of this program, and a collector of the server. Writes docs/trace.svg.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delayed } from "node:timers/promises";
import { instrument, serverTelemetry } from "@codex-app-server/sdk/otel";
import { type AppServerOptions, command, delay, message, withAppServer } from "@codex-app-server/sdk/testing";
import { otlpReceiver, type ReceivedSpan } from "../tests/otel/otlp_receiver.ts";
import { followContexts } from "../tests/otel/recorder.ts";
import { type FinishedSpan, loadSdk } from "../tests/otel/sdk.ts";
import { agentOf, spawns } from "../tests/real/agents.ts";
import { ROOT } from "./lib/project.ts";
import { type DrawnSpan, tracePicture } from "./lib/trace_picture.ts";

/** Of the server's hundreds of spans, those that are drawn. */
const SHOWN: ReadonlySet<string> = new Set(["turn/start", "session_task.turn", "codex.sampling", "exec_command"]);

const FILE = "docs/trace.svg";

followContexts();
using sdk = await loadSdk();
await using collector = await otlpReceiver();
const options: AppServerOptions = {
  approvalPolicy: "on-request",
  codex: {
    ...serverTelemetry({ endpoint: collector.url }),
    handlers: {
      "item/commandExecution/requestApproval": async () => {
        await delayed(150); // a human
        return { decision: "accept" };
      },
    },
  },
};
await withAppServer(options, async ({ codex, model }) => {
  instrument(codex, { tracer: sdk.tracer, meter: sdk.meter });
  model.reply(message([delay(80), "I look at it."]), command("sleep 0.1", { escalate: true, justification: "to see" }));
  agentOf(model, "Count the files.")
    .reply(message([delay(60), "Counting."]), command("sleep 0.08; ls | wc -l"))
    .reply(message([delay(60), "None."]));
  spawns(model, "Count the files.");
  model.reply(message([delay(60), "All ", delay(40), "done."]));
  const thread = await codex.threadStart();
  await sdk.tracer.startActiveSpan("POST /questions", async (span) => {
    await thread.run("What is in here?");
    span.end();
  });
});

const own: DrawnSpan[] = sdk.spans().map(ofSdk);
const traceId = sdk.spans()[0]?.spanContext().traceId;
const server = collector.spans.filter((span) => span.traceId === traceId);
const shown = server.filter(({ name }) => SHOWN.has(name));
const drawn = new Set([...own, ...shown.map(({ spanId }) => ({ id: spanId }))].map(({ id }) => id));
const parents = new Map(server.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
const spans = [...own, ...shown.map(ofServer)];
const note =
  `◆ an approval is requested, and decided. One turn against codex 0.169.0; ${shown.length} of the server's ` +
  `${server.length} spans are shown. Drawn by deno task docs:trace.`;
writeFileSync(
  join(ROOT, FILE),
  tracePicture("The trace of a turn with a command, an approval and a sub-agent", spans, note),
);
console.log(`${FILE}: ${own.length} spans of the program, ${shown.length} of ${server.length} of the server`);
process.exit();

function ofSdk(span: FinishedSpan): DrawnSpan {
  const ms = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1000 + nanoseconds / 1e6;
  return {
    id: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId ?? "",
    name: span.name,
    who: span.name.startsWith("POST") ? "program" : "sdk",
    from: ms(span.startTime),
    to: ms(span.endTime),
    marks: span.events.map(({ name, time }) => ({ at: ms(time), text: name })),
  };
}

function ofServer({ spanId, parentSpanId, name, startedAt, endedAt }: ReceivedSpan): DrawnSpan {
  let parent = parentSpanId;
  while (parent !== "" && !drawn.has(parent)) parent = parents.get(parent) ?? "";
  return {
    id: spanId,
    parent,
    name,
    who: "server",
    from: Number(startedAt) / 1e6,
    to: Number(endedAt) / 1e6,
    marks: [],
  };
}
