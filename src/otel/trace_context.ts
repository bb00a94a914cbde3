import { type Context, createTraceState, isSpanContextValid, type SpanContext, trace } from "@opentelemetry/api";
import type { TraceContext } from "../../mod.ts";

/**
 * W3C trace context, to and from the wire. Written here and not asked of the propagator that the application has set, which
 * may be none, or one that speaks another language: the server speaks this one alone.
 *
 * @module
 */

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** What goes to the server for a span; `undefined` if there is none, as without an SDK. */
export function toTraceContext(span: SpanContext | undefined): TraceContext | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = span;
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
  const tracestate = traceState?.serialize();
  return tracestate ? { traceparent, tracestate } : { traceparent };
}

/** The context in which a request is made: the active one, or with the span that its caller names for it. */
export function withTrace(active: Context, given: TraceContext | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(given?.traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return active;
  const span = trace.getSpanContext(active);
  if (span?.traceId === traceId && span.spanId === spanId) return active;
  const tracestate = given?.tracestate;
  const parent: SpanContext = {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16),
    isRemote: true,
    ...(tracestate ? { traceState: createTraceState(tracestate) } : {}),
  };
  return isSpanContextValid(parent) ? trace.setSpanContext(active, parent) : active;
}
