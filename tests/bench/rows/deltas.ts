import { join } from "node:path";
import { type Contender, contest, ratioOf, type Samples, valueOf } from "../lib/contest.ts";
import { prepareFramed, prepareServer } from "../lib/fixtures.ts";
import type { Bench, Figure, Row } from "../lib/row.ts";
import type { Runtime } from "../lib/runtimes.ts";

/** It hands on every message in a turn of the event loop of its own: the whole amount would take minutes. */
const SLOW_PEER_SHARE = 10;

const PEERS = ["@openai/codex-sdk", "ACP SDK", "vscode-jsonrpc"];

/** 500,000 delta notifications, from the bytes of a pipe to the user's `for await`. */
export const deltas: Row = {
  id: "deltas",
  async measure(bench) {
    const count = 500_000;
    const { folder } = await prepareServer(join(bench.folder, "server"), 1, count);
    const framed = join(bench.folder, "framed");
    await prepareFramed(framed, count / SLOW_PEER_SHARE);
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest(contenders(runtime, bench, folder, framed, count), bench.rounds);
      figures.push(...figuresOf(runtime, samples));
    }
    return {
      id: "deltas",
      title: `${count.toLocaleString("en")} delta notifications, bytes of a pipe to \`for await\``,
      about:
        "The floor is `cat FILE`, split on newline, `JSON.parse`, in the same runtime. The SDK reads the same bytes " +
        "as the events of a turn, from a child that answers the handshake out of files and then is the same `cat`; somebody listens " +
        "to its diagnostics, so every event is validated. " +
        "Of the peers only the Python SDK routes and validates as well: `@openai/codex-sdk` parses lines, the ACP " +
        "SDK's newline stream parses messages, vscode-jsonrpc dispatches to a handler (a tenth of the amount, times ten). \n\n" +
        "Where Bun's time goes: its pipe as this SDK reads it, the buffer of one stream and the `for await`, with nothing " +
        'between them, take 1.25 times the floor, all that `validation: "off"` is to stay within. The rest is routing, of ' +
        "which no step takes more than 5 %.",
      figures,
    };
  },
};

function contenders(runtime: Runtime, bench: Bench, folder: string, framed: string, count: number): Contender[] {
  const amount = String(count);
  const all = [
    runtime.program("floor", "deltas_floor", [folder, amount]),
    runtime.program("sdk", "deltas_sdk", [folder, amount, "tolerant"]),
    runtime.program("sdk off", "deltas_sdk", [folder, amount, "off"]),
    runtime.program("@openai/codex-sdk", "deltas_codex_sdk", [bench.peers, folder, amount]),
    runtime.program("ACP SDK", "deltas_acp", [bench.peers, folder, amount]),
    runtime.program("vscode-jsonrpc", "deltas_vscode_jsonrpc", [bench.peers, framed, String(count / SLOW_PEER_SHARE)]),
  ];
  // Once is enough: it is the same program on the same Python.
  if (bench.pythonPeer === null || runtime !== bench.runtimes[0]) return all;
  const program = join(import.meta.dirname!, "../programs/deltas_python.py");
  const env = { PYTHONPATH: bench.pythonPeer };
  return [...all, { name: "Python SDK", command: "python3", args: [program, folder, amount], env }];
}

function figuresOf({ name: runtime, version }: Runtime, samples: Samples): Figure[] {
  const on = `${runtime} ${version}`;
  const figure = (who: string, label: string, score: number, limit?: number, name = who, times = 1): Figure => ({
    runtime: on,
    who: label,
    value: valueOf(samples, name, "mainMs") * times,
    unit: "ms",
    ...(Number.isNaN(score)
      ? {}
      : { verdict: { label: "times the floor", score, ...(limit === undefined ? {} : { limit }) } }),
  });
  const all = [
    figure("floor", "the floor", NaN),
    figure("sdk", "**this SDK**", ratioOf(samples, "sdk", "floor", "mainMs"), runtime === "bun" ? 1.8 : 1.5),
    figure("sdk off", '**this SDK**, `validation: "off"`', ratioOf(samples, "sdk off", "floor", "mainMs"), 1.25),
  ];
  for (const name of [...PEERS, "Python SDK"]) {
    if ((samples.get(name) ?? []).length === 0) continue;
    const times = name === "vscode-jsonrpc" ? SLOW_PEER_SHARE : 1;
    const score = ratioOf(samples, "sdk", name, "mainMs") / times;
    const limit = name === "Python SDK" ? 0.2 : 1;
    all.push({
      runtime: name === "Python SDK" ? "Python" : on,
      who: name,
      value: valueOf(samples, name, "mainMs") * times,
      unit: "ms",
      verdict: { label: "of its time this SDK takes", score, limit },
    });
  }
  return all;
}
