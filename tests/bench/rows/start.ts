import { codexHome } from "@codex-app-server/sdk/testing";
import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** `Codex.start()` against a bare spawn and `initialize`, with the real server. */
export const start: Row = {
  id: "start",
  async measure(bench) {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const args = [bench.binary, JSON.stringify(home.env)];
      const samples = await contest([
        runtime.program("floor", "start", ["floor", ...args]),
        runtime.program("sdk", "start", ["sdk", ...args]),
      ], bench.rounds * 3);
      const on = `${runtime.name} ${runtime.version}`;
      const score = excessOf(samples, "sdk", "floor", "wallMs");
      figures.push(
        { runtime: on, who: "spawn and `initialize`", value: valueOf(samples, "floor", "wallMs"), unit: "ms" },
        {
          runtime: on,
          who: "**`Codex.start()`**",
          value: valueOf(samples, "sdk", "wallMs"),
          unit: "ms",
          verdict: { label: "ms more", score, limit: 5 },
        },
      );
    }
    return {
      id: "start",
      title: "`Codex.start()` to ready",
      about:
        "By the clock on the wall, with the real server, each start in a process of its own, so that loading the " +
        "generated protocol is in it; it (and what opens threads, behind it) goes on while the server works on its answer, and on two hyperthreads takes the " +
        "processor from it: 3 to 5 ms later than in the floor the server answers, and up to 10 on a busy machine. Some 3 (Deno) " +
        "to 5 ms (Bun, Node) come before the spawn, 2 of which those two load the modules of theirs that it takes. To load it after the answer instead would make start and first thread together longer, by 9 ms on Deno " +
        "and 13 ms on Bun.",
      figures,
    };
  },
};
