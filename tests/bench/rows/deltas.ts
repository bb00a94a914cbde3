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
        "Two floors, in the same runtime. Parsing alone is `cat FILE`, split on newline, `JSON.parse`: nobody gets the " +
        "messages. The bare minimum adds one queue and one `for await`: nothing is routed, checked or bounded. The SDK reads the same bytes " +
        "as the events of a turn, from a child that answers the handshake out of files and then is the same `cat`; somebody listens " +
        "to its diagnostics, so every event is validated. " +
        "Of the peers only the Python SDK routes and validates as well: `@openai/codex-sdk` parses lines, the ACP " +
        "SDK's newline stream parses messages, vscode-jsonrpc dispatches to a handler (a tenth of the amount, times ten). \n\n" +
        "What a figure is a multiple of stands beside it. Most of what comes on top of parsing is the queue and the `for await`, " +
        "which no reader of a stream can be without; on a busy machine they take more.",
      figures,
    };
  },
};

function contenders(runtime: Runtime, bench: Bench, folder: string, framed: string, count: number): Contender[] {
  const amount = String(count);
  const all = [
    runtime.program("floor", "deltas_floor", [folder, amount]),
    runtime.program("minimum", "deltas_minimum", [folder, amount]),
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
  const plain = (who: string, name: string, times = 1): Figure => ({
    runtime: on,
    who,
    value: valueOf(samples, name, "mainMs") * times,
    unit: "ms",
  });
  const against = (who: string, name: string, base: string, label: string, limit: number): Figure => ({
    ...plain(who, name),
    verdict: { label, score: ratioOf(samples, name, base, "mainMs"), limit },
  });
  const all = [
    plain("parsing alone", "floor"),
    plain("the bare minimum", "minimum"),
    against("**this SDK**, to the minimum", "sdk", "minimum", "times the bare minimum", runtime === "bun" ? 1.25 : 1.2),
    against("**this SDK**", "sdk", "floor", "times parsing alone", runtime === "bun" ? 1.8 : 1.5),
    against('**this SDK**, `validation: "off"`', "sdk off", "floor", "times parsing alone", 1.25),
  ];
  for (const name of [...PEERS, "Python SDK"]) {
    if ((samples.get(name) ?? []).length === 0) continue;
    const times = name === "vscode-jsonrpc" ? SLOW_PEER_SHARE : 1;
    const score = ratioOf(samples, "sdk", name, "mainMs") / times;
    const limit = name === "Python SDK" ? 0.2 : 1;
    all.push({
      ...plain(name, name, times),
      runtime: name === "Python SDK" ? "Python" : on,
      verdict: { label: "of its time this SDK takes", score, limit },
    });
  }
  return all;
}
