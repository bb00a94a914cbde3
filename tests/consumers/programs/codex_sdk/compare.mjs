// deno-lint-ignore-file no-console -- a program
// Does everything in cases.mjs with one of the two SDKs, and prints what came of it: a line of JSON for every case.
//     compare.mjs SPECIFIER_OR_PATH PATH_OF_CODEX
// What it leaves in the temporary folder is the caller's to remove.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { codexHome, Gate, ScriptedModel } from "@codex-app-server/sdk/testing";
import { CASES } from "./cases.mjs";

const [, , sdk, codexPathOverride] = process.argv;
const { Codex, ...others } = await import(sdk.startsWith("/") ? pathToFileURL(sdk) : sdk);

for (const [name, spec] of Object.entries(CASES)) console.log(JSON.stringify({ name, did: await play(spec) }));
console.log(JSON.stringify({ name: "exports", did: ["Codex", ...Object.keys(others)].sort() }));
// Nothing is closed, neither there nor here: the program ends all the same.

async function play(
  { config, configOverrides, counts = () => true, files = {}, options: threadOptions, replies, retries, script, steps },
) {
  const model = new ScriptedModel();
  const gate = new Gate();
  for (const reply of replies ?? []) model.reply(...reply);
  script?.(model, gate);
  const listener = await model.listen();
  const home = await codexHome({ modelUrl: listener.url, sandboxMode: "workspace-write" });
  const configFile = join(home.path, "config.toml");
  const written = readFileSync(configFile, "utf8").replace(
    "stream_max_retries = 0",
    `stream_max_retries = ${retries ?? 0}`,
  );
  writeFileSync(configFile, written);
  const workspace = mkdtempSync(join(tmpdir(), "compare-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }

  const env = { ...process.env, ...home.env };
  const client = (given) => new Codex({ codexPathOverride, env, ...given });
  const codex = client({ ...(config && { config }), ...(configOverrides && { configOverrides }) });
  const options = (given) => ({ skipGitRepoCheck: true, workingDirectory: workspace, ...threadOptions, ...given });
  const log = [];
  const thrown = (error, aborts) =>
    aborts ? `${error.name}, ${error.code}: ${error.message} (${error.cause})` : error.message;
  const s = {
    ...{ workspace, gate, options, otherClient: client },
    note: (note) => void log.push({ note }),
    start: (given) => codex.startThread(options(given)),
    resume: (id, given) => codex.resumeThread(id, options(given)),
    async stream(thread, input = "go", given) {
      const list = [];
      log.push({ stream: list });
      try {
        for await (const event of (await thread.runStreamed(input, given)).events) list.push(event);
      } catch (error) {
        // Of a turn that failed, its last event tells; what is thrown behind it has words of its own on either side.
        list.push(given?.signal ? { threw: thrown(error, true) } : { threw: error instanceof Error });
      }
    },
    async run(thread, input = "go", given) {
      try {
        log.push({ run: await thread.run(input, given), id: typeof thread.id });
      } catch (error) {
        log.push({ rejected: thrown(error, given?.signal), id: typeof thread.id });
      }
    },
    async rejects(thread, input = "go", given) {
      try {
        await thread.run(input, given);
        log.push("resolved");
      } catch (error) {
        log.push({ rejected: error instanceof Error });
      }
    },
  };
  await (steps ?? ((s) => s.stream(s.start())))(s);

  const asked = model.requests.filter(counts).map(({ body, headers }) => {
    const { prompt_cache_key: _, client_metadata: __, ...rest } = body;
    return { ...rest, originator: headers.originator };
  });
  gate.release();
  await listener.close();
  const same = comparable({
    [workspace]: "<workspace>",
    [home.path]: "<home>",
    [listener.url]: "<url>",
    [tmpdir()]: "<tmp>",
  });
  const result = { log: same(log), asked: same(asked), late: existsSync(join(workspace, "late.txt")) };
  result.config = readFileSync(configFile, "utf8") === written;
  return result;
}

/** What differs between any two runs is replaced: folders, ids by the order in which they appear, times. */
function comparable(names) {
  const ids = new Map();
  const id = (found) => ids.get(found) ?? ids.set(found, `id-${ids.size}`).get(found);
  return (value) => {
    let text = JSON.stringify(value);
    for (const [name, word] of Object.entries(names)) text = text.replaceAll(name, word);
    return JSON.parse(
      text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, id)
        .replace(/Wall time: [\d.]+/g, "Wall time: T").replace(/Chunk ID: \w+/g, "Chunk ID: C")
        .replace(/session ID \d+/g, "session ID S").replace(/(nickname\\+":\\+")\w+/g, "$1N")
        .replace(/<current_(date|time|time_reminder)>[^<]*/g, "<current_$1>"),
    );
  };
}
