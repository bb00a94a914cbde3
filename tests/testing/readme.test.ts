import { assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type ReplayTransport, replayTransport } from "@codex-app-server/sdk/testing";
import { PRINTED, runReadme, TRANSCRIPT } from "./readme.ts";

describe("the README's quickstart", () => {
  for (const mode of ["strict", "lenient"] as const) {
    test(`runs from a recorded transcript, ${mode}`, async () => {
      const opened: ReplayTransport[] = [];
      const transport = () => {
        opened.push(replayTransport(readFileSync(TRANSCRIPT, "utf8"), { mode }));
        return opened.at(-1)!;
      };
      assertEquals(await runReadme({ transport }), PRINTED as string[]);
      assertEquals(opened.map(({ remaining }) => remaining), [0]);
    });
  }
});
