import { Codex } from "@codex-app-server/sdk";
import { serverTelemetry } from "@codex-app-server/sdk/otel";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";

function endpointOf(endpoint: string): unknown {
  const { otel } = serverTelemetry({ endpoint }).config as {
    readonly otel: { readonly trace_exporter: { readonly "otlp-http": { readonly endpoint: string } } };
  };
  return otel.trace_exporter["otlp-http"].endpoint;
}

describe("serverTelemetry", () => {
  test("[O4] spans go below the endpoint, or to where it says itself", () => {
    for (
      const [given, expected] of [
        ["http://localhost:4318", "http://localhost:4318/v1/traces"],
        ["http://localhost:4318/", "http://localhost:4318/v1/traces"],
        ["https://otel.example/some/path//", "https://otel.example/some/path/v1/traces"],
        ["https://otel.example/v1/traces", "https://otel.example/v1/traces"],
        ["https://otel.example?key=1", "https://otel.example/v1/traces?key=1"],
      ] as const
    ) assertEquals(endpointOf(given), expected);
  });

  test("[O4] headers go by the environment alone, whatever is in them", () => {
    const { config, env } = serverTelemetry({
      endpoint: "http://localhost:4318",
      headers: { authorization: "Bearer a=b,c", "x-tenant": "ü" },
    });
    assertEquals(env, { OTEL_EXPORTER_OTLP_TRACES_HEADERS: "authorization=Bearer%20a%3Db%2Cc,x-tenant=%C3%BC" });
    assert(!JSON.stringify(config).includes("Bearer"));
    assertEquals(serverTelemetry({ endpoint: "http://localhost:4318" }).env, undefined);
    assertEquals(serverTelemetry({ endpoint: "http://localhost:4318", headers: {} }).env, undefined);
  });

  test("[O4] refuses what is no endpoint or header, and a password where everybody could read it", () => {
    for (const endpoint of ["", "localhost:4318", "grpc://localhost:4317", undefined, 4318]) {
      assertThrows(() => serverTelemetry({ endpoint } as never), TypeError, "endpoint");
    }
    assertThrows(() => serverTelemetry(undefined as never), TypeError, "endpoint");
    assertThrows(() => serverTelemetry({ endpoint: "http://me:secret@host" }), TypeError, "Pass it as a header");
    const endpoint = "http://localhost:4318";
    assertThrows(() => serverTelemetry({ endpoint, headers: { "a b": "c" } }), TypeError, "no name of a header");
    assertThrows(() => serverTelemetry({ endpoint, headers: { a: 1 } } as never), TypeError, "headers");
    assertThrows(() => serverTelemetry({ endpoint, url: "" } as never), TypeError, "url");
  });

  test("[O4] what it gives are options of a client", async () => {
    await new Codex(serverTelemetry({ endpoint: "http://localhost:4318", headers: { a: "b" } })).close();
  });
});
