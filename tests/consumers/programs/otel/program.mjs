// deno-lint-ignore-file no-console -- a program that tells how it went
/**
 * One turn, told to a collector: by OpenTelemetry's SDK (`program.mjs sdk`), or by Deno's own.
 *
 * @module
 */
import { instrument, serverTelemetry } from "@codex-app-server/sdk/otel";
import { command, usage, withAppServer } from "@codex-app-server/sdk/testing";
import { trace } from "@opentelemetry/api";
import process from "node:process";

const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
let sdk;
if (process.argv[2] === "sdk") {
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  sdk = new NodeSDK(); // by the environment, as everything that is instrumented
  sdk.start();
}

await withAppServer({ codex: serverTelemetry({ endpoint }) }, async ({ codex, model }) => {
  instrument(codex);
  model.reply(command("echo hi")).reply("done", usage({ inputTokens: 5, outputTokens: 2 }));
  await trace.getTracer("program").startActiveSpan("program", async (span) => {
    const thread = await codex.threadStart();
    console.log((await thread.run("go")).status);
    span.end();
  });
});
await sdk?.shutdown();
