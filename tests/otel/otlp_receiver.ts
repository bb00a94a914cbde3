/**
 * A collector for tests: takes OTLP over HTTP, in protobuf or JSON, and keeps the spans.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span that came in. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for one at the top. */
  readonly parentSpanId: string;
  readonly name: string;
  /** In nanoseconds since 1970. */
  readonly startedAt: bigint;
  readonly endedAt: bigint;
}

/** A collector that listens. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What goes into `endpoint`. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** The paths that were posted to, and with which headers. */
  readonly posts: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Uint8Array }[];
}

export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const posts: OtlpReceiver["posts"] = [];
  const server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = new Uint8Array(Buffer.concat(chunks));
      const path = request.url ?? "";
      const json = request.headers["content-type"]?.includes("json") === true;
      posts.push({ path, headers: request.headers, body });
      if (path.endsWith("/v1/traces")) spans.push(...(json ? spansOfJson(body) : spansOfProtobuf(body)));
      response.setHeader("content-type", json ? "application/json" : "application/x-protobuf");
      response.end(json ? "{}" : "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    posts,
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

function spansOfJson(body: Uint8Array): ReceivedSpan[] {
  const { resourceSpans = [] } = JSON.parse(new TextDecoder().decode(body)) as {
    readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[] }[];
  };
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans).flatMap((scope) => scope.spans).map((span) => ({
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? "",
    name: span.name,
    startedAt: BigInt(span.startTimeUnixNano),
    endedAt: BigInt(span.endTimeUnixNano),
  }));
}

/** `ExportTraceServiceRequest` > `ResourceSpans` (1) > `ScopeSpans` (2) > `Span` (2). */
function spansOfProtobuf(body: Uint8Array): ReceivedSpan[] {
  const inside = (messages: readonly Uint8Array[], field: number) =>
    messages.flatMap((message) => [...fieldsOf(message)].filter(([id]) => id === field).map(([, value]) => value));
  const spans = inside(inside(inside([body], 1) as Uint8Array[], 2) as Uint8Array[], 2) as Uint8Array[];
  return spans.map((span) => {
    const fields = new Map(fieldsOf(span));
    const bytes = (id: number) => (fields.get(id) ?? new Uint8Array()) as Uint8Array;
    return {
      traceId: hex(bytes(1)),
      spanId: hex(bytes(2)),
      parentSpanId: hex(bytes(4)),
      name: new TextDecoder().decode(bytes(5)),
      startedAt: (fields.get(7) ?? 0n) as bigint,
      endedAt: (fields.get(8) ?? 0n) as bigint,
    };
  });
}

/** The fields of a message: numbers, or the bytes of texts and messages. */
function* fieldsOf(message: Uint8Array): Generator<readonly [number, bigint | Uint8Array]> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const [field, wire] = [tag >> 3, tag & 7];
    if (wire === 0) yield [field, varint()];
    else if (wire === 1) {
      yield [field, view.getBigUint64(at, true)];
      at += 8;
    } else if (wire === 2) {
      const length = Number(varint());
      yield [field, message.subarray(at, at + length)];
      at += length;
    } else if (wire === 5) {
      yield [field, BigInt(view.getUint32(at, true))];
      at += 4;
    } else throw new Error(`no message: wire type ${wire}`);
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
