// deno-lint-ignore-file no-console -- a command line tool
/**
 * Measures this SDK, the floor and the peers side by side, and writes `docs/performance.md`.
 *
 *     deno task bench                      # everything, 30 to 40 minutes
 *     deno task bench deltas import        # some rows, printed and not written
 *     deno task bench deltas --write       # ... and their tables written anew
 *     deno task bench --runtime node       # one runtime
 *     deno task bench:check                # the rows with ratios; prints what moved by more than 15 %, in two measurements
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { pinnedRuntime, readManifest } from "../../scripts/lib/project.ts";
import { movesOf, writeBaseline } from "./lib/baseline.ts";
import { fetchPeers, fetchPythonPeer, PEERS, PYTHON_PEER } from "./lib/peers.ts";
import { renewReport, tableOf, writeReport } from "./lib/report.ts";
import type { Bench, Row, RowResult } from "./lib/row.ts";
import { openRuntimes } from "./lib/runtimes.ts";
import { atOnce } from "./rows/at_once.ts";
import { chat } from "./rows/chat.ts";
import { cli } from "./rows/cli.ts";
import { codexSdk } from "./rows/codex_sdk.ts";
import { curves } from "./rows/curves.ts";
import { deltas } from "./rows/deltas.ts";
import { durable } from "./rows/durable.ts";
import { firstTurn } from "./rows/first_turn.ts";
import { importCost } from "./rows/import_cost.ts";
import { manyServers } from "./rows/many_servers.ts";
import { memory } from "./rows/memory.ts";
import { otel } from "./rows/otel.ts";
import { roundTrip } from "./rows/round_trip.ts";
import { start } from "./rows/start.ts";
import { state } from "./rows/state.ts";
import { turn } from "./rows/turn.ts";

const ROWS: readonly Row[] = [
  deltas,
  roundTrip,
  importCost,
  start,
  firstTurn,
  turn,
  atOnce,
  codexSdk,
  durable,
  memory,
  manyServers,
  curves,
  state,
  otel,
  chat,
  cli,
];

/** The rows whose scores are ratios. */
const COMPARABLE: readonly Row[] = [deltas, turn, codexSdk, manyServers, curves];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    rounds: { type: "string" },
    runtime: { type: "string", multiple: true, default: ["deno", "bun", "node"] },
    write: { type: "boolean", default: false },
  },
});
const rows = positionals.length > 0 ? positionals.map(rowOf) : values.check ? COMPARABLE : ROWS;
const whole = rows === ROWS && values.runtime.length === 3 && !values.check;
const rounds = Number(values.rounds ?? (values.check ? 2 : 5));

const temp = mkdtempSync(join(tmpdir(), "codex-bench-"));
try {
  const bench = await prepare();
  const results = await measure(bench, rows);
  if (values.check) await check(bench, results);
  else if (whole || values.write) await write(bench, results);
} finally {
  rmSync(temp, { recursive: true, force: true });
}

function rowOf(id: string): Row {
  const row = ROWS.find((known) => known.id === id);
  if (row === undefined) throw new Error(`no row "${id}": there are ${ROWS.map((known) => known.id).join(", ")}`);
  return row;
}

async function measure(bench: Bench, some: readonly Row[]): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const row of some) {
    const folder = join(temp, row.id);
    mkdirSync(folder);
    const result = await row.measure({ ...bench, folder });
    rmSync(folder, { recursive: true });
    results.push(result);
    console.log(`\n${result.title}\n\n${tableOf(result.figures)}`);
  }
  return results;
}

async function prepare(): Promise<Bench> {
  const peers = join(temp, "peers");
  const python = join(temp, "python");
  mkdirSync(peers);
  await fetchPeers(peers);
  const pythonVersion = [deltas, atOnce, start].some((row) => rows.includes(row))
    ? await fetchPythonPeer(python)
    : null;
  const { command } = locateCodex(currentRuntime(), {});
  return {
    runtimes: await openRuntimes(temp, values.runtime),
    folder: temp,
    peers,
    pythonPeer: pythonVersion === null ? null : python,
    binary: command,
    rounds,
  };
}

async function write({ runtimes, pythonPeer }: Bench, results: readonly RowResult[]): Promise<void> {
  const manifest = readManifest();
  writeBaseline(results);
  await (whole ? writeReport : renewReport)(results, {
    date: new Date().toISOString().slice(0, 10),
    versions: [
      `This SDK ${manifest.version}`,
      `codex ${pinnedRuntime(manifest)}`,
      ...runtimes.map(({ name, version }) => `${name} ${version}`),
      ...Object.entries(PEERS).map(([name, version]) => `${name} ${version}`),
      pythonPeer === null ? `${PYTHON_PEER.name} could not be installed` : `${PYTHON_PEER.name} ${PYTHON_PEER.version}`,
    ],
    rounds,
    load: loadavg().map((value) => value.toFixed(1)).join(", "),
  });
}

/** A noisy machine moves ratios as well: rows in which some moved are measured again, and what moved twice is told. */
async function check(bench: Bench, results: readonly RowResult[]): Promise<void> {
  if (!existsSync(new URL("baseline.json", import.meta.url))) {
    throw new Error("there is no baseline: run deno task bench");
  }
  const moved = new Set(movesOf(results).map(({ key }) => key));
  const again = rows.filter((row) => [...moved].some((key) => key.startsWith(`${row.id} / `)));
  const moves = movesOf(await measure(bench, again)).filter(({ key }) => moved.has(key));
  for (const { key, before, now } of moves) {
    console.log(`${now > before ? "SLOWER" : "faster"} ${key}: ${before.toFixed(2)} -> ${now.toFixed(2)}`);
  }
  console.log(moves.length === 0 ? "No ratio has moved by more than 15 %." : `${moves.length} ratios have moved.`);
  if (moves.some(({ before, now }) => now > before)) process.exitCode = 1;
}
