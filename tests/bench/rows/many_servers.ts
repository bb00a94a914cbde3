import { join } from "node:path";
import { contest, ratioOf, valueOf } from "../lib/contest.ts";
import { prepareServer } from "../lib/fixtures.ts";
import type { Figure, Row } from "../lib/row.ts";

const SERVERS = 16;
const TURNS = 8;

/** 16 servers of 8 turns each in one program, against one server that has as many turns in all. */
export const manyServers: Row = {
  id: "many_servers",
  async measure(bench) {
    const deltas = 4_000;
    const { folder } = await prepareServer(join(bench.folder, "server"), SERVERS * TURNS, deltas);
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const program = (name: string, servers: number, turns: number) =>
        runtime.program(name, "many_servers", [folder, String(servers), String(turns), String(deltas)]);
      const samples = await contest([
        program("one", 1, SERVERS * TURNS),
        program("many", SERVERS, TURNS),
      ], bench.rounds);
      const on = `${runtime.name} ${runtime.version}`;
      const key = "mainUsPerEvent";
      figures.push(
        { runtime: on, who: "one server", value: valueOf(samples, "one", key), unit: "µs an event" },
        {
          runtime: on,
          who: `**${SERVERS} servers**`,
          value: valueOf(samples, "many", key),
          unit: "µs an event",
          verdict: { label: "times one server", score: ratioOf(samples, "many", "one", key), limit: 1.2 },
        },
      );
    }
    return {
      id: "many_servers",
      title: `${SERVERS} servers, ${TURNS} turns each, in one program`,
      about:
        `${deltas.toLocaleString("en")} deltas a turn; one server has all ${
          SERVERS * TURNS
        } turns one after the other. ` +
        "Every event is counted: nothing is lost.",
      figures,
    };
  },
};
