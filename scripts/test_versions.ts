// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs the tests of the real server against other published versions of codex, and says how their protocols differ. Not in
 * the gate: each version is a download of 150 MB.
 *
 *     deno task test:versions              # the newest one, and the one published before the pinned one
 *     deno task test:versions 0.165.0      # these
 *
 * Differences are reported and fail nothing; a version against which not even a turn runs does.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "../gen/mod.ts";
import { runLeg } from "./lib/legs.ts";
import { pinnedRuntime, readManifest, ROOT } from "./lib/project.ts";
import { must } from "./lib/subprocess.ts";

/** Without these a version is of no use. */
const ESSENTIAL = /\[T1\]|\[L1\]/;

const TABLES = {
  "ClientRequest.json": Object.keys(CLIENT_REQUESTS),
  "ServerNotification.json": Object.keys(SERVER_NOTIFICATIONS),
  "ServerRequest.json": Object.keys(SERVER_REQUESTS),
};

const pinned = pinnedRuntime(readManifest());
const versions = process.argv.length > 2 ? process.argv.slice(2) : await neighbours();
let usable = true;
for (const version of versions) usable = await tryVersion(version) && usable;
process.exit(usable ? 0 : 1);

/** The newest published version and the one before the pinned one, as far as the registry has them. */
async function neighbours(): Promise<string[]> {
  const all: string[] = JSON.parse(
    await must("npm", ["view", "@openai/codex", "versions", "--json"], { timeoutMs: 60_000 }),
  );
  const releases = all.filter((version) => /^\d+\.\d+\.\d+$/.test(version)).sort(byVersion);
  const older = releases.filter((version) => byVersion(version, pinned) < 0).at(-1);
  return [...new Set([releases.at(-1), older])].filter((version) => version !== undefined);
}

function byVersion(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const index = [0, 1, 2].find((part) => left?.[part] !== right?.[part]) ?? 0;
  return (left?.[index] ?? 0) - (right?.[index] ?? 0);
}

async function tryVersion(version: string): Promise<boolean> {
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-version-"));
  try {
    const name = `codex-${process.platform}-${process.arch}`;
    const codex = `@openai/${name}@npm:@openai/codex@${version}-${process.platform}-${process.arch}`;
    await must("npm", ["install", "--no-audit", "--no-fund", "--prefix", temp, codex], {
      cwd: temp,
      timeoutMs: 600_000,
    });
    const vendor = join(temp, "node_modules/@openai", name, "vendor");
    const [triple = ""] = readdirSync(vendor);
    const binary = join(vendor, triple, "bin", process.platform === "win32" ? "codex.exe" : "codex");

    console.log(`\n== codex ${version}${version === pinned ? " (the pinned one)" : ""} ==`);
    for (const line of await protocolDifferences(binary, join(temp, "schema"))) console.log(line);
    process.env["CODEX_BIN"] = binary;
    const files = readdirSync(join(ROOT, "tests/real")).filter((file) => file.endsWith(".test.ts"));
    const paths = files.filter((file) => file !== "regenerate.test.ts").map((file) => `tests/real/${file}`);
    const { cases, counts, problems } = await runLeg("deno", { paths, timeoutMs: 900_000 });
    const failed = cases.filter(({ result }) => result === "failed");
    console.log(`\ncodex ${version}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    for (const { name } of failed) console.log(`  differs: ${name}`);
    for (const problem of problems) console.log(`  ${problem}`);
    return problems.length === 0 && counts.passed > 0 && !failed.some(({ name }) => ESSENTIAL.test(name));
  } finally {
    delete process.env["CODEX_BIN"];
    rmSync(temp, { recursive: true, force: true });
  }
}

/** One line for each table whose methods are not those of `gen/`. */
async function protocolDifferences(binary: string, out: string): Promise<string[]> {
  await must(binary, ["app-server", "generate-json-schema", "--experimental", "--out", out], { timeoutMs: 120_000 });
  return Object.entries(TABLES).flatMap(([file, known]) => {
    const schema = JSON.parse(readFileSync(join(out, file), "utf8"));
    const found: string[] = (schema.oneOf as { properties?: { method?: { enum?: string[] } } }[])
      .flatMap(({ properties }) => properties?.method?.enum ?? []);
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
