import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { describeExitCode } from "../../src/runtime/exit_code.ts";

describe("describeExitCode", () => {
  test("ordinary codes stay as they are", () => {
    for (const code of [0, 1, 2, 255]) assertEquals(describeExitCode(code), String(code));
    assertEquals(describeExitCode(101), "101 (it panicked)");
  });

  test("[L3] status codes of Windows are hexadecimal and have a meaning, signed or not", () => {
    assertStringIncludes(describeExitCode(0xc0000135), "0xC0000135 (a DLL was not found");
    assertEquals(describeExitCode(0xc0000135 | 0), describeExitCode(0xc0000135));
    assertStringIncludes(describeExitCode(-1073741819), "0xC0000005 (access violation");
    assertStringIncludes(describeExitCode(3221225786), "0xC000013A (ended by Ctrl-C");
    assertEquals(describeExitCode(0xcfffffff), "0xCFFFFFFF");
  });
});
