import type { CodexOptions } from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import type { ScriptedAppServer, ScriptedTurn } from "@codex-app-server/sdk/testing";
import { SpanStatusCode } from "@opentelemetry/api";
import { type Scripted, scripted } from "../client/scripted.ts";
import { type RecordedSpan, Recorder } from "./recorder.ts";

export interface Watched extends Scripted {
  readonly recorder: Recorder;
}

/** An instrumented client on a scripted server. */
export function watched(
  options: CodexOptions | ((server: ScriptedAppServer) => CodexOptions) = {},
  captureContent = false,
): Watched {
  const peer = scripted(options);
  const recorder = new Recorder();
  instrument(peer.codex, { tracer: recorder.tracer, meter: recorder.meter, captureContent });
  return { ...peer, recorder, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

/** For turns that end by nothing but an interrupt, or the end of the connection. */
export const untilAborted = ({ signal }: ScriptedTurn): Promise<void> =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

/** How a span ended. */
export function errorOf({ attributes, status, ended }: RecordedSpan): unknown[] {
  return [attributes["error.type"], status?.code, ended];
}

export const FAILED: SpanStatusCode = SpanStatusCode.ERROR;
