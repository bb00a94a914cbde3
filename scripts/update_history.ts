// deno-lint-ignore-file no-console -- a command line tool
/**
 * Writes `scripts/gen/history_data.ts`: what came with which version of codex, by the schemas of published versions. Each
 * version that was not looked at before is a download of 100 to 150 MB, kept in the cache of `lib/old_codex.ts`.
 *
 *     deno task gen:history              # the versions that it names already, and all newer ones up to the pinned one
 *     deno task gen:history 0.170.0      # these as well
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { compareVersions } from "../src/util/versions.ts";
import { correct } from "./gen/corrections.ts";
import { historyOf } from "./gen/history.ts";
import { HISTORY } from "./gen/history_data.ts";
import { emitHistory, parseHistory } from "./gen/history_text.ts";
import { readDefinitions } from "./gen/json_schema.ts";
import { readMethods } from "./gen/methods.ts";
import type { Protocol } from "./gen/model.ts";
import { normalise } from "./gen/normalise.ts";
import { readSet } from "./gen/runtime_schema.ts";
import { publishedVersions, schemaOfVersion } from "./lib/old_codex.ts";
import { pinnedRuntime, readManifest, ROOT } from "./lib/project.ts";

const FILE = "scripts/gen/history_data.ts";

const before = parseHistory(HISTORY);
const pinned = pinnedRuntime(readManifest());
const newest = before.versions.at(-1) ?? pinned;
// Which patch of a minor it was makes no difference to anybody: the first one stands for all.
const minor = (version: string) => version.replace(/\.\d+$/, "");
const newer = (await publishedVersions()).filter((version) =>
  compareVersions(version, newest) > 0 && compareVersions(version, pinned) <= 0
);
const firsts = newer.filter((version, index) => index === 0 || minor(version) !== minor(newer[index - 1]!));
const versions = new Set([...before.versions, ...firsts, ...process.argv.slice(2), pinned]);

const protocols = new Map<string, Protocol>();
for (const version of [...versions].sort(compareVersions)) protocols.set(version, await protocolOf(version));
writeFileSync(join(ROOT, FILE), emitHistory(historyOf(protocols)));
console.log(`${FILE}: ${protocols.size} versions. Review the difference, then: deno task gen`);

async function protocolOf(version: string): Promise<Protocol> {
  console.log(`codex ${version}`);
  const set = readSet(await schemaOfVersion(version));
  const definitions = normalise(correct(readDefinitions(set), version === pinned));
  const requests = readMethods(set, "ClientRequest.json", definitions, false);
  return { definitions, requests, notifications: [], serverRequests: [] };
}
