// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs the tests of the real server against published versions of codex, says how their protocols differ, and writes the
 * table of docs/compatibility.md. Each version is a download of 100 to 150 MB, kept in the cache of `lib/old_codex.ts`.
 *
 *     deno task test:versions              # the ones that the table has
 *     deno task test:versions 0.165.0      # these; the table stays as it is
 *     deno task test:versions --fetch      # downloads those that the gate tests, and runs nothing
 *
 * Differences are reported and fail nothing; a version against which not even a turn runs does.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "../gen/mod.ts";
import { readSchema, type SchemaSet } from "./gen/json_schema.ts";
import { readSet } from "./gen/runtime_schema.ts";
import { runLeg } from "./lib/legs.ts";
import { codexOfVersion, GATE_VERSIONS, schemaOfVersion } from "./lib/old_codex.ts";
import { pinnedRuntime, readManifest, ROOT } from "./lib/project.ts";

/** Without these a version is of no use. */
const ESSENTIAL = /\[T1\]|\[L1\]/;
/** The files in which they are. */
const NEEDED = /^(turns|lifecycle)\.test/;
/** They take a few seconds each. */
const FILE_TIMEOUT_MS = 90_000;

const TABLES = {
  "ClientRequest.json": Object.keys(CLIENT_REQUESTS),
  "ServerNotification.json": Object.keys(SERVER_NOTIFICATIONS),
  "ServerRequest.json": Object.keys(SERVER_REQUESTS),
};

const DOCUMENT = join(ROOT, "docs/compatibility.md");
const BEGIN = "<!-- written by deno task test:versions -->\n";
const END = "<!-- end -->\n";

/** How one version did. */
interface Row {
  readonly version: string;
  /** How many requests, notifications and server requests it has. */
  readonly counts: readonly number[];
  readonly passed: number;
  readonly usable: boolean;
}

const pinned = pinnedRuntime(readManifest());
const args = process.argv.slice(2);
if (args.includes("--fetch")) {
  for (const version of GATE_VERSIONS) console.log(await codexOfVersion(version));
  process.exit(0);
}
const rows: Row[] = [];
const wanted = args.length > 0 ? args : ["0.120.0", "0.137.0", "0.147.0", "0.151.0", "0.160.1", pinned];
for (const version of wanted) rows.push(await tryVersion(version));
if (args.length === 0) {
  const [before = "", after = ""] = readFileSync(DOCUMENT, "utf8").split(new RegExp(`${BEGIN}[^]*?${END}`));
  writeFileSync(DOCUMENT, before + BEGIN + table(rows) + END + after);
  console.log(`${DOCUMENT}: the table is written`);
}
process.exit(rows.every(({ usable }) => usable) ? 0 : 1);

async function tryVersion(version: string): Promise<Row> {
  console.log(`\n== codex ${version}${version === pinned ? " (the pinned one)" : ""} ==`);
  const set = readSet(await schemaOfVersion(version));
  for (const line of protocolDifferences(set)) console.log(line);
  process.env["CODEX_BIN"] = await codexOfVersion(version);
  let passed = 0;
  const failed: string[] = [];
  const stuck: string[] = [];
  const problems: string[] = [];
  for (const file of files()) {
    // One by one: a test that waits for what an old server never says would hold up all others.
    const report = await runLeg("deno", { paths: [`tests/real/${file}`], timeoutMs: FILE_TIMEOUT_MS });
    passed += report.counts.passed;
    failed.push(...report.cases.filter(({ result }) => result === "failed").map(({ name }) => name));
    if (report.cases.length === 0) stuck.push(file);
    else problems.push(...report.problems);
  }
  console.log(`\ncodex ${version}: ${passed} passed, ${failed.length} failed, ${stuck.length} files did not end`);
  for (const name of failed) console.log(`  differs: ${name}`);
  for (const name of stuck) console.log(`  does not end: ${name}`);
  for (const problem of problems) console.log(`  ${problem}`);
  const counts = Object.keys(TABLES).map((file) => methodsOf(set, file).length);
  const usable = passed > 0 && !failed.some((name) => ESSENTIAL.test(name)) && !stuck.some((name) => NEEDED.test(name));
  return { version, counts, passed, usable };
}

/** The tests of the real server, but for those that are about the versions of the gate. */
function files(): string[] {
  return readdirSync(join(ROOT, "tests/real"))
    .filter((file) => file.endsWith(".test.ts") && file !== "older_servers.test.ts");
}

/** One line for each table whose methods are not those of `gen/`. */
function protocolDifferences(set: SchemaSet): string[] {
  return Object.entries(TABLES).flatMap(([file, known]) => {
    const found = methodsOf(set, file);
    const only = (these: readonly string[], those: readonly string[]) =>
      these.filter((method) => !those.includes(method));
    const [there, here] = [only(found, known), only(known, found)];
    return [
      `${file}: ${found.length} methods, ${here.length} of ours are missing there, ${there.length} are unknown here`,
      ...here.map((method) => `  missing there: ${method}`),
      ...there.map((method) => `  unknown here: ${method}`),
    ];
  });
}

function methodsOf(set: SchemaSet, file: string): string[] {
  return (readSchema(set, file).oneOf ?? []).flatMap(({ properties }) => {
    const method = properties?.["method"];
    return typeof method === "object" ? (method.enum ?? []).map(String) : [];
  });
}

/** As `deno fmt` would have it. */
function table(rows: readonly Row[]): string {
  const all = rows.find(({ version }) => version === pinned)?.passed;
  const cells = [
    ["codex", "requests", "notifications", "server requests", "tests of the real server"],
    ...rows.map(({ version, counts, passed }) => [
      `${version}${version === pinned ? " (pinned)" : ""}`,
      ...counts.map(String),
      `${passed} of ${all} pass`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`;
  const [head, ...body] = cells.map(line);
  return `\n${head}| ${widths.map((width) => "-".repeat(width)).join(" | ")} |\n${body.join("")}\n`;
}
