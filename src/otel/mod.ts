/**
 * OpenTelemetry: what agents do as spans and metrics, by the GenAI conventions, in the traces of whoever asked them, with
 * the server's own spans below. Needs the package `@opentelemetry/api`, which Deno, Node and Bun share.
 *
 * @module
 */
export type { Meter, Tracer } from "@opentelemetry/api";
export { instrument } from "./instrument.ts";
export type { InstrumentOptions } from "./settings.ts";
export { serverTelemetry, type ServerTelemetryOptions } from "./server_telemetry.ts";
