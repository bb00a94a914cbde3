/**
 * OpenTelemetry's SDK, installed for the tests that need it by a manifest of their own.
 *
 * @module
 */
import type { Attributes, Meter, SpanContext, SpanStatus, Tracer } from "@opentelemetry/api";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "../../scripts/lib/subprocess.ts";

/** A span as the SDK's in-memory exporter has it. */
export interface FinishedSpan {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly attributes?: Attributes;
    readonly time: readonly [number, number];
  }[];
  readonly status: SpanStatus;
  readonly parentSpanContext?: SpanContext;
  /** Seconds, and nanoseconds. */
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  spanContext(): SpanContext;
}

/** A measurement as the SDK's in-memory exporter has it. */
export interface FinishedPoint {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
}

/** The SDK, with exporters that keep what they get. */
export interface Sdk extends Disposable {
  readonly tracer: Tracer;
  readonly meter: Meter;
  spans(): readonly FinishedSpan[];
  points(): Promise<readonly FinishedPoint[]>;
}

/** The little of the SDK's packages that is used; they are not there when the tests are checked. */
interface TracePackage {
  readonly InMemorySpanExporter: new () => { getFinishedSpans(): readonly FinishedSpan[] };
  readonly SimpleSpanProcessor: new (exporter: object) => object;
  readonly BasicTracerProvider: new (
    options: { readonly spanProcessors: readonly object[] },
  ) => { getTracer(name: string): Tracer };
}

interface MetricsPackage {
  readonly InMemoryMetricExporter: new (temporality: number) => { getMetrics(): readonly ResourceMetrics[] };
  readonly PeriodicExportingMetricReader: new (options: { readonly exporter: object }) => object;
  readonly AggregationTemporality: { readonly CUMULATIVE: number };
  readonly MeterProvider: new (
    options: { readonly readers: readonly object[] },
  ) => { getMeter(name: string): Meter; forceFlush(): Promise<void>; shutdown(): Promise<void> };
}

interface ResourceMetrics {
  readonly scopeMetrics: readonly {
    readonly metrics: readonly {
      readonly descriptor: { readonly name: string; readonly unit: string };
      readonly dataPoints: readonly {
        readonly attributes: Attributes;
        readonly value: { readonly count: number; readonly sum: number };
      }[];
    }[];
  }[];
}

/** Installs the SDK into an empty folder and loads it from there: none of its packages is a dependency here. */
export async function loadSdk(): Promise<Sdk> {
  const folder = mkdtempSync(join(tmpdir(), "codex-otel-sdk-"));
  copyFileSync(fileURLToPath(new URL("./sdk/package.json", import.meta.url)), join(folder, "package.json"));
  const quietly = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--no-package-lock"];
  await must("npm", quietly, { cwd: folder, timeoutMs: 120_000 });
  const require = createRequire(join(folder, "package.json"));
  const traces: TracePackage = require("@opentelemetry/sdk-trace-base");
  const metrics: MetricsPackage = require("@opentelemetry/sdk-metrics");
  const spans = new traces.InMemorySpanExporter();
  const provider = new traces.BasicTracerProvider({ spanProcessors: [new traces.SimpleSpanProcessor(spans)] });
  const points = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
  const reader = new metrics.PeriodicExportingMetricReader({ exporter: points });
  const meters = new metrics.MeterProvider({ readers: [reader] });
  return {
    tracer: provider.getTracer("tests"),
    meter: meters.getMeter("tests"),
    spans: () => spans.getFinishedSpans(),
    async points() {
      await meters.forceFlush();
      const metrics = points.getMetrics().at(-1)?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
        dataPoints.map(({ attributes, value: { count, sum } }) => ({ name, unit, attributes, count, sum }))
      );
    },
    [Symbol.dispose]() {
      void meters.shutdown();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
