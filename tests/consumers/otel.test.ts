import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { TOOLS } from "../../scripts/lib/project.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";
import { linkCodex } from "../../scripts/lib/node_project.ts";
import { otlpReceiver } from "../otel/otlp_receiver.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

describe("the npm tarball, in a program that tells a collector what it does", () => {
  let project: ConsumerProject;
  before(async () => void (project = await consumerProject()));
  after(() => project?.remove());

  test("[O5] without @opentelemetry/api, `.` works, and ./otel says what is missing", async () => {
    const load = (name: string) =>
      run("node", ["-e", `await import("@codex-app-server/sdk${name}")`], at(project.root));
    assertEquals((await load("")).code, 0);
    const { code, output } = await load("/otel");
    assert(code !== 0);
    assertStringIncludes(output, "@opentelemetry/api");
  });

  for (const runtime of ["node", "bun", "deno"] as const) {
    const by = runtime === "deno" ? "Deno's own OpenTelemetry" : `the SDK on ${runtime === "bun" ? "Bun" : "Node"}`;
    test(`[O4] [O5] (real) by ${by}: one trace of the program, its turn, and the server; and the metrics`, async () => {
      await install();
      await using collector = await otlpReceiver();
      const { command, args } = TOOLS[runtime];
      const line = runtime === "deno"
        ? ["run", "-A", "--node-modules-dir=manual", "otel/program.mjs"]
        : ["otel/program.mjs", "sdk"];
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "none",
        OTEL_SERVICE_NAME: "program",
        ...(runtime === "deno" ? { OTEL_DENO: "true", OTEL_DENO_CONSOLE: "ignore" } : {}),
      };
      const { env: plain, ...where } = at(project.root);
      const stdout = await must(command, [...args, ...line], { ...where, env: { ...plain, ...env } });
      assertStringIncludes(stdout, "completed");
      const named = (name: string) => {
        const found = collector.spans.filter((span) => span.name === name);
        assertEquals(found.length, 1, `${name} in ${[...new Set(collector.spans.map((span) => span.name))]}`);
        return found[0]!;
      };
      const [program, turn, tool] = ["program", "invoke_agent codex", "execute_tool exec_command"].map(named);
      assertEquals([turn?.parentSpanId, tool?.parentSpanId], [program?.spanId, turn?.spanId]);
      const server = collector.spans.filter(({ name, traceId }) =>
        name === "turn/start" && traceId === program?.traceId
      );
      assertEquals(server.map(({ parentSpanId }) => parentSpanId), [turn?.spanId]);
      const metrics = collector.posts.filter(({ path }) => path === "/v1/metrics")
        .map(({ body }) => new TextDecoder().decode(body)).join();
      for (
        const name of [
          "gen_ai.client.operation.duration",
          "gen_ai.client.operation.time_to_first_chunk",
          "gen_ai.client.token.usage",
          "gen_ai.execute_tool.duration",
        ]
      ) assertStringIncludes(metrics, name);
    });
  }

  let installed: Promise<unknown> | undefined;
  function install(): Promise<unknown> {
    return installed ??= (async () => {
      const { root } = project;
      const { dependencies } = JSON.parse(readFileSync(join(root, "otel/package.json"), "utf8"));
      rmSync(join(root, "otel/package.json")); // the program is one of the project's
      const packages = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`);
      await must("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], at(root));
      linkCodex(root);
    })();
  }
});

const at = (cwd: string) => ({ cwd, timeoutMs: 180_000, env: { CODEX_BIN: undefined, NO_COLOR: "1" } });
