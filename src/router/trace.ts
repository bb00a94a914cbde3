import type { DiagnosticListener } from "../message/diagnostic.ts";
import { type Check, wrong } from "../util/options.ts";

/** The W3C trace context of a request: what the headers of the same names carry. */
export interface TraceContext {
  /** The trace and the span that the request belongs to. */
  readonly traceparent?: string | null | undefined;
  /** What vendors add to it. */
  readonly tracestate?: string | null | undefined;
}

/** Says which trace a request belongs to. */
export type TraceContextSource = () => TraceContext | undefined;

/** What the header of HTTP can carry. The server drops a whole line for the half of a surrogate pair. */
const PRINTABLE = /^[\x20-\x7e]*$/;

/** A {@linkcode TraceContext}. What else a carrier has (`baggage`) is not looked at. */
export const traceContext: Check = (value, what) => {
  if (typeof value !== "object" || value === null) {
    throw wrong(what, "an object with traceparent and tracestate", value);
  }
  const { traceparent, tracestate } = value as TraceContext;
  for (const [name, text] of Object.entries({ traceparent, tracestate })) {
    if (text === undefined || text === null || (typeof text === "string" && PRINTABLE.test(text))) continue;
    throw wrong(`${what}.${name}`, "a string of printable ASCII", text);
  }
};

/**
 * The trace of one request: what its call names, else what the source says.
 *
 * A source that fails costs the request its trace and nothing else: telemetry must not break what it watches.
 */
export function traceOf(
  given: TraceContext | undefined,
  source: TraceContextSource | undefined,
  onDiagnostic: DiagnosticListener,
): TraceContext | undefined {
  if (given !== undefined) return trimmed(given);
  try {
    // In plain JavaScript it may well say null for none.
    const trace = source?.() ?? undefined;
    if (trace === undefined) return undefined;
    traceContext(trace, "traceContext()");
    return trimmed(trace);
  } catch (error) {
    onDiagnostic({ type: "callback-threw", callback: "traceContext", error });
    return undefined;
  }
}

/** What of it goes over the wire. Without `traceparent`, `tracestate` means nothing. */
function trimmed({ traceparent, tracestate }: TraceContext): TraceContext | undefined {
  if (!traceparent) return undefined;
  return tracestate ? { traceparent, tracestate } : { traceparent };
}
