/**
 * A tracer and a meter that keep what they are given, and a context manager, for tests that need no SDK.
 *
 * @module
 */
import {
  type Attributes,
  type Context,
  context,
  type ContextManager,
  type Histogram,
  type Meter,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { AsyncLocalStorage } from "node:async_hooks";

/** A span as it was recorded. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly attributes: Attributes;
  readonly events: { readonly name: string; readonly attributes: Attributes }[];
  status: SpanStatus | undefined;
  /** How often it was ended. */
  ended: number;
}

/** A measurement as it was recorded. */
export interface RecordedPoint {
  readonly name: string;
  readonly unit: string | undefined;
  readonly value: number;
  readonly attributes: Attributes;
}

/** What spans and metrics were made. */
export class Recorder {
  readonly spans: RecordedSpan[] = [];
  readonly points: RecordedPoint[] = [];
  readonly tracer: Tracer = this.#tracer();
  readonly meter: Meter = this.#meter();
  #ids = 0;

  /** The spans of one operation, in the order of their starts. */
  of(operation: "invoke_agent" | "execute_tool"): RecordedSpan[] {
    return this.spans.filter(({ attributes }) => attributes["gen_ai.operation.name"] === operation);
  }

  /** The measurements of one metric. */
  pointsOf(name: string): RecordedPoint[] {
    return this.points.filter((point) => point.name === name);
  }

  /** The names of those that were not ended, or more than once. */
  get wrong(): string[] {
    return this.spans.filter(({ ended }) => ended !== 1).map(({ name, ended }) => `${name}: ended ${ended} times`);
  }

  /** Everything that was recorded, as one text to look for secrets in. */
  get text(): string {
    return JSON.stringify([this.spans, this.points]);
  }

  #tracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, from: Context = context.active()): Span => {
      const parent = options.root === true ? undefined : trace.getSpanContext(from);
      const id = (++this.#ids).toString(16);
      const recorded: RecordedSpan = {
        name,
        kind: options.kind,
        context: {
          traceId: parent?.traceId ?? id.padStart(32, "a"),
          spanId: id.padStart(16, "b"),
          traceFlags: 1,
          ...(parent?.traceState === undefined ? {} : { traceState: parent.traceState }),
        },
        parent,
        attributes: {},
        events: [],
        status: undefined,
        ended: 0,
      };
      this.spans.push(recorded);
      return spanOf(recorded).setAttributes(options.attributes ?? {});
    };
    const startActiveSpan = (name: string, work: (span: Span) => unknown) => {
      const span = startSpan(name);
      return context.with(trace.setSpan(context.active(), span), () => work(span));
    };
    return { startSpan, startActiveSpan } as Tracer;
  }

  #meter(): Meter {
    const createHistogram = (name: string, { unit }: { readonly unit?: string } = {}): Histogram => ({
      record: (value, attributes = {}) => void this.points.push({ name, unit, value, attributes }),
    });
    return { createHistogram } as unknown as Meter;
  }
}

function spanOf(recorded: RecordedSpan): Span {
  const late = (what: string) => {
    if (recorded.ended > 0) throw new Error(`${what} of ${recorded.name}, which has ended`);
  };
  const span: Span = {
    spanContext: () => recorded.context,
    setAttribute: (name, value) => {
      late(`setAttribute(${name})`);
      // As an SDK does: what is undefined is not recorded.
      if (value !== undefined) recorded.attributes[name] = value;
      return span;
    },
    setAttributes: (attributes) => {
      for (const [name, value] of Object.entries(attributes)) span.setAttribute(name, value as never);
      return span;
    },
    addEvent: (name, attributes = {}) => {
      late(`addEvent(${name})`);
      recorded.events.push({ name, attributes: attributes as Attributes });
      return span;
    },
    addLink: () => span,
    addLinks: () => span,
    setStatus: (status) => {
      recorded.status = status;
      return span;
    },
    updateName: () => span,
    end: () => void recorded.ended++,
    isRecording: () => recorded.ended === 0,
    recordException: () => {},
  };
  return span;
}

/** Has contexts follow what is done in them, as every SDK does. */
export function followContexts(): void {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
    bind: (_context, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
}
