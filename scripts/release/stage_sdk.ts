import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildNpm } from "../build_npm.ts";
import { findFiles } from "../lib/find_files.ts";
import { OPTIONAL_PACKAGES } from "../lib/npm_manifest.ts";
import { type Manifest, ROOT } from "../lib/project.ts";
import { closeStage, openStage } from "./folders.ts";
import { refuseUnless } from "./refusal.ts";
import { verifyJsr, verifyNpm } from "./verify.ts";
import { exactVersion, runtimePin } from "./versions.ts";

/** What to stage of the SDK, and where. */
export interface StageSdkOptions {
  /** The folder to write; an earlier staging in it is replaced. */
  readonly stage: string;
  readonly sdkVersion: string | undefined;
  readonly runtimeVersion: string | undefined;
  /** The folder with the sources. Default: this repository. */
  readonly root?: string;
}

/**
 * Stages what JSR and npm get: the reviewed sources as they are, stamped with the version and pinned to the runtime.
 * Generates nothing: `gen/` must already come from that runtime. Returns the npm tarball.
 */
export async function stageSdk(options: StageSdkOptions): Promise<string> {
  const root = options.root ?? ROOT;
  const sdkVersion = exactVersion("--sdk-version", options.sdkVersion);
  const runtimeVersion = exactVersion("--runtime-version", options.runtimeVersion);
  const text = readFileSync(join(root, "deno.json"), "utf8");
  const pin = runtimePin(text);
  const generatedFrom = readGeneratedFrom(root);
  refuseUnless(
    generatedFrom === runtimeVersion && pin === runtimeVersion,
    `--runtime-version ${runtimeVersion} does not match: deno.json pins ${pin}, and gen/ was generated from ` +
      `${generatedFrom}. Pin the runtime that is meant, run generate-types, and review the difference first`,
  );

  const target = openStage(options.stage, root);
  const jsr = join(target, "jsr");
  const manifest: Manifest = { ...JSON.parse(text), version: sdkVersion };
  copySources(root, jsr, manifest);
  stampVersion(jsr, manifest);
  const tarball = await buildNpm({ out: join(target, "npm"), root: jsr });
  await verifyJsr(jsr);
  await verifyNpm(tarball, { sdkVersion, runtimeVersion });
  closeStage(target, { sdkVersion, runtimeVersion });
  return tarball;
}

/** Copies what `publish.include` names, and nothing beside it. */
function copySources(root: string, to: string, { publish }: Manifest): void {
  for (const pattern of publish.include) {
    const [folder = "", rest] = pattern.split("/**/*");
    if (!existsSync(join(root, folder))) {
      refuseUnless(false, `publish.include names ${pattern}, but there is no ${folder}`);
    }
    for (const file of findFiles(folder, root)) {
      if (rest !== undefined && !file.endsWith(rest)) continue;
      mkdirSync(dirname(join(to, file)), { recursive: true });
      copyFileSync(join(root, file), join(to, file));
    }
  }
}

/** Writes the version where it is told: deno.json, from which package.json follows, and the constant in the sources. */
function stampVersion(folder: string, manifest: Manifest): void {
  // What a publisher needs; tasks, links and development imports stay at home.
  const { name, version, license, description, keywords, repository, exports, publish } = manifest;
  const needed = ["@openai/codex", "valibot", ...OPTIONAL_PACKAGES];
  const imports = Object.fromEntries(needed.map((name) => [name, manifest.imports[name]]));
  const { compilerOptions } = manifest as { compilerOptions?: unknown };
  const about = { name, version, license, description, keywords, repository };
  const stamped = { ...about, exports, imports, publish, compilerOptions };
  writeFileSync(join(folder, "deno.json"), `${JSON.stringify(stamped, null, 2)}\n`);

  const path = join(folder, "src/version.ts");
  const source = readFileSync(path, "utf8");
  const replaced = source.replace(/(VERSION: string = )"[^"]*"/, `$1${JSON.stringify(version)}`);
  refuseUnless(/VERSION: string = "/.test(source), `src/version.ts has no VERSION to stamp`);
  writeFileSync(path, replaced);
}

function readGeneratedFrom(root: string): string {
  const path = join(root, "gen/provenance.json");
  refuseUnless(existsSync(path), `there is no gen/provenance.json: run generate-types first`);
  return String(JSON.parse(readFileSync(path, "utf8")).codexVersion);
}
