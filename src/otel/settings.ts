import { type Histogram, type Meter, metrics, trace, type Tracer } from "@opentelemetry/api";
import { VERSION } from "../../mod.ts";
import { type Metric, OPERATION_DURATION, TIME_TO_FIRST_TEXT, TOKEN_USAGE, TOOL_DURATION } from "./conventions.ts";

/** Options of {@linkcode instrument}. */
export interface InstrumentOptions {
  /** What makes the spans. Default: the global tracer provider's. */
  readonly tracer?: Tracer | undefined;
  /** What makes the metrics. Default: the global meter provider's. */
  readonly meter?: Meter | undefined;
  /**
   * Whether spans also carry what was said and done: prompts, answers, commands, arguments, outputs, messages of errors.
   * Secrets are taken out as far as `redact` knows them, and each is cut at 32,768 characters. Default `false`.
   */
  readonly captureContent?: boolean | undefined;
}

/** Where telemetry goes, and how much of it. */
export interface Settings {
  readonly tracer: Tracer;
  readonly captureContent: boolean;
  readonly operationDuration: Histogram;
  readonly tokenUsage: Histogram;
  readonly timeToFirstText: Histogram;
  readonly toolDuration: Histogram;
}

/** What all that comes from here is known by. */
const SCOPE = "@codex-app-server/sdk";

export function settingsOf({ tracer, meter, captureContent = false }: InstrumentOptions): Settings {
  const from = meter ?? metrics.getMeter(SCOPE, VERSION);
  const histogram = ({ name, unit, description, boundaries }: Metric) =>
    from.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...boundaries] } });
  return {
    tracer: tracer ?? trace.getTracer(SCOPE, VERSION),
    captureContent,
    operationDuration: histogram(OPERATION_DURATION),
    tokenUsage: histogram(TOKEN_USAGE),
    timeToFirstText: histogram(TIME_TO_FIRST_TEXT),
    toolDuration: histogram(TOOL_DURATION),
  };
}
