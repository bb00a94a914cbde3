import type { CodexOptions } from "../../mod.ts";
import { checkOptions, type OptionChecks, recordOf, text, wrong } from "../util/options.ts";

/** Options of {@linkcode serverTelemetry}. */
export interface ServerTelemetryOptions {
  /**
   * Where the collector listens for OTLP over HTTP, `http://localhost:4318`: spans go to `/v1/traces` below it. An address
   * that ends with that is taken as it is.
   */
  readonly endpoint: string;
  /** Sent with them. They go to the server by its environment, and not by its command line, which everybody can read. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const CHECKS: OptionChecks<ServerTelemetryOptions> = {
  endpoint: text,
  headers: recordOf("an object with a text for each header", text),
};

const PATH = "/v1/traces";

/**
 * Options that have the server send its own spans to a collector. They belong to the traces of the requests that they
 * work on: with {@linkcode instrument}, they stand below the turn.
 *
 * The server makes hundreds of spans in a turn, and sends them in batches, the last when it ends. What it was asked is not
 * among them unless its own configuration says so.
 *
 * @throws {TypeError} If there is no such option, or one is of another type.
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { instrument, serverTelemetry } from "@codex-app-server/sdk/otel";
 *
 * const codex = new Codex({ ...serverTelemetry({ endpoint: "http://localhost:4318" }) });
 * instrument(codex);
 * ```
 */
export function serverTelemetry(options: ServerTelemetryOptions): Pick<CodexOptions, "config" | "env"> {
  checkOptions("serverTelemetry", options ?? {}, CHECKS);
  const endpoint = tracesAt(options?.endpoint);
  const { headers = {} } = options;
  const config = { otel: { trace_exporter: { "otlp-http": { endpoint, protocol: "binary" } } } };
  const list = Object.entries(headers).map(([name, value]) => `${headerName(name)}=${encodeURIComponent(value)}`);
  return list.length === 0 ? { config } : { config, env: { OTEL_EXPORTER_OTLP_TRACES_HEADERS: list.join(",") } };
}

function tracesAt(endpoint: unknown): string {
  const url = typeof endpoint === "string" && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw wrong("serverTelemetry: the option endpoint", "an http or https URL, as http://localhost:4318", endpoint);
  }
  if (url.username !== "" || url.password !== "") {
    // It would stand on the server's command line, which everybody on the machine can read.
    throw new TypeError(
      "serverTelemetry: the option endpoint must hold no password. Pass it as a header (authorization)",
    );
  }
  if (!url.pathname.endsWith(PATH)) url.pathname = url.pathname.replace(/\/*$/, PATH);
  return url.href;
}

function headerName(name: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name;
  throw new TypeError(`serverTelemetry: ${JSON.stringify(name)} is no name of a header`);
}
