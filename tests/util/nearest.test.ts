import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { nearest } from "../../src/util/nearest.ts";

describe("nearest", () => {
  const names = ["codexBin", "cwd", "env", "handlers", "limits", "timeoutMs", "transport"];

  test("finds a name behind slips, other spellings, and other cases", () => {
    const meant = {
      codex_bin: "codexBin",
      CODEXBIN: "codexBin",
      codexbni: "codexBin",
      cwdd: "cwd",
      evn: "env",
      handler: "handlers",
      "hand-lers": "handlers",
      timeout: "timeoutMs",
      time: "timeoutMs",
      transprot: "transport",
    };
    for (const [given, name] of Object.entries(meant)) assertEquals(nearest(given, names), name, given);
  });

  test("says nothing rather than anything", () => {
    for (const given of ["", "x", "baseUrl", "apiKey", "personality"]) {
      assertEquals(nearest(given, names), undefined, given);
    }
    assertEquals(nearest("x".repeat(1_000_000), names), undefined);
  });
});
