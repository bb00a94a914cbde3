import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const LIMIT_US = 60;

/** Requests, one after the other and 64 at a time, against the bare writing and reading of the same bytes. */
export const roundTrip: Row = {
  id: "round_trip",
  async measure(bench) {
    const count = 10_000;
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const { command, args } = runtime.program("", "round_trip_server");
      const programArgs = [String(count), command, ...args];
      const samples = await contest([
        runtime.program("floor", "round_trip", ["floor", ...programArgs]),
        runtime.program("sdk", "round_trip", ["sdk", ...programArgs]),
      ], bench.rounds);
      for (const [key, how] of [["sequentialUs", "one after the other"], ["parallelUs", "64 in flight"]] as const) {
        const on = `${runtime.name} ${runtime.version}`;
        const score = excessOf(samples, "sdk", "floor", key);
        figures.push(
          { runtime: on, who: `the floor, ${how}`, value: valueOf(samples, "floor", key), unit: "µs" },
          {
            runtime: on,
            who: `**this SDK**, ${how}`,
            value: valueOf(samples, "sdk", key),
            unit: "µs",
            verdict: { label: "µs over the floor", score, limit: LIMIT_US },
          },
        );
      }
    }
    return {
      id: "round_trip",
      title: `Request round trip, ${count.toLocaleString("en")} of each kind`,
      about:
        "`codex.request` to a child that answers at once, its params and result validated, against writing the same " +
        "bytes and reading the answer. One after the other: the median of all requests. 64 in flight: the whole, divided.",
      figures,
    };
  },
};
