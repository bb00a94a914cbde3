import { codexHome } from "@codex-app-server/sdk/testing";
import { join } from "node:path";
import { type Contender, contest, excessOf, ratioOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** `Codex.start()` against a bare spawn and `initialize`, with the real server. */
export const start: Row = {
  id: "start",
  async measure(bench) {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const args = [bench.binary, JSON.stringify(home.env)];
      const python: Contender[] = bench.pythonPeer === null ? [] : [{
        name: "python",
        command: "python3",
        args: [join(import.meta.dirname!, "../programs/start.py"), ...args],
        env: { PYTHONPATH: bench.pythonPeer },
      }];
      const samples = await contest([
        runtime.program("floor", "start", ["floor", ...args]),
        runtime.program("sdk", "start", ["sdk", ...args]),
        ...python,
      ], bench.rounds * 3);
      const on = `${runtime.name} ${runtime.version}`;
      for (const [times, key] of [["the first of a process", "wallMs"], ["each after it", "warmMs"]] as const) {
        const value = valueOf(samples, "sdk", key);
        figures.push(
          {
            runtime: on,
            who: `spawn and \`initialize\`, ${times}`,
            value: valueOf(samples, "floor", key),
            unit: "ms",
          },
          {
            runtime: on,
            who: `**\`Codex.start()\`**, ${times}`,
            value,
            unit: "ms",
            verdict: { label: "ms more", score: excessOf(samples, "sdk", "floor", key), limit: 3 },
          },
        );
        if (python.length === 0) continue;
        const taken = {
          runtime: on,
          who: `the Python SDK, ${times}`,
          value: valueOf(samples, "python", key),
          unit: "ms",
        };
        const score = ratioOf(samples, "sdk", "python", key);
        figures.push(
          key === "wallMs"
            ? taken
            : { ...taken, verdict: { label: "of its time `Codex.start()` takes", score, limit: 1 } },
        );
      }
    }
    return {
      id: "start",
      title: "`Codex.start()` to ready",
      about:
        "By the clock on the wall, with the real server. The first of a process has the loading of code in it: all that goes over a " +
        "connection, then the generated protocol, then what opens threads, more than half of what the main thread has to do. It goes " +
        "on while the server works on its answer, and on two hyperthreads takes the processor from it. Some 2 ms come before the " +
        "spawn: the options are checked, and the binary is looked at. What goes over a connection was loaded with the import before; " +
        "from the start of the process to ready it makes no difference (Deno 134 ms then and 132 now, Bun 101 and 99, 24 rounds in " +
        "turns), but an import is quicker and the first start is slower by it. To load the protocol and what opens threads after the " +
        "answer instead would bring it down to 3 ms more than the floor, and make start and first thread together longer: on Deno 56 ms " +
        "and 94, where it is 70 and 88 (11 rounds in turns); on Bun it would be 13 ms. A bare spawn answers as early if it is asked " +
        "20 ms later, so there is nothing in asking sooner. The starts after it, eight in each process and their median, are what a " +
        "program pays that runs already. On Deno a spawn takes 1.6 ms of one, all else before it 0.5 and behind the answer 0.4. No figure has " +
        "the import of its SDK in it; the Python SDK's first start has all of its code loaded.",
      figures,
    };
  },
};
