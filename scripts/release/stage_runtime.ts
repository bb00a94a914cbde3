import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npmPlaces } from "../lib/npm_manifest.ts";
import { packTarball } from "../lib/npm_pack.ts";
import { readManifest, ROOT } from "../lib/project.ts";
import { copyCodexPackage, readCodexPackage } from "./codex_package.ts";
import { closeStage, openStage } from "./folders.ts";
import { type Platform, platformNamed, platformOf, PLATFORMS, runtimePackage } from "./platforms.ts";
import { refuseUnless } from "./refusal.ts";
import { exactVersion } from "./versions.ts";

/** What to stage of the runtime, and where. */
export interface StageRuntimeOptions {
  /** The folder to write; an earlier staging in it is replaced. */
  readonly stage: string;
  /** The codex package: its folder, or the binary in it. */
  readonly codex: string;
  readonly runtimeVersion: string | undefined;
  /** Default: what `codex-package.json` says. */
  readonly platform?: string | undefined;
  /** Also writes the tarballs. Default `true`. */
  readonly pack?: boolean;
}

/**
 * Stages one platform's runtime package, and the small package whose optional dependencies name those of all platforms.
 * There is no package of sources. Returns the tarballs.
 */
export async function stageRuntime(options: StageRuntimeOptions): Promise<string[]> {
  const version = exactVersion("--runtime-version", options.runtimeVersion);
  const codex = readCodexPackage(options.codex);
  refuseUnless(
    codex.version === version,
    `--runtime-version ${version} does not match ${codex.root}, which is codex ${codex.version}`,
  );
  const platform = platformOf(codex.target);
  refuseUnless(
    options.platform === undefined || platformNamed(options.platform) === platform,
    `--platform ${options.platform} does not match ${codex.root}, which was built for ${platform.name}`,
  );

  const target = openStage(options.stage, codex.root, options.codex);
  const binaries = join(target, `runtime-${platform.name}`);
  mkdirSync(binaries);
  copyCodexPackage(codex.root, binaries);
  writePackage(binaries, platformManifest(platform, version), platformReadme(platform));
  const meta = join(target, "runtime");
  mkdirSync(meta);
  writePackage(meta, metaManifest(version), META_README);

  const tarballs: string[] = [];
  if (options.pack ?? true) { for (const folder of [binaries, meta]) tarballs.push(await packTarball(folder, LEVEL)); }
  closeStage(target, { runtimeVersion: version, platform: platform.name });
  return tarballs;
}

/** Of 400 MB, the highest level takes three times as long and saves 3 %. */
const LEVEL = 6;

function writePackage(folder: string, manifest: unknown, readme: string): void {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), readme);
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

function platformManifest(platform: Platform, version: string): Record<string, unknown> {
  return {
    name: runtimePackage(platform),
    version,
    description: `The codex runtime for ${platform.name}, as @codex-app-server/sdk starts it.`,
    license: "Apache-2.0",
    ...npmPlaces(readManifest()),
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc === undefined ? {} : { libc: platform.libc }),
    files: ["bin", "codex-path", "codex-resources", "codex-package.json"],
    preferUnplugged: true,
    publishConfig: { access: "public" },
  };
}

function metaManifest(version: string): Record<string, unknown> {
  return {
    name: runtimePackage(),
    version,
    description: "The codex runtime that @codex-app-server/sdk starts: installs the package of your platform.",
    license: "Apache-2.0",
    ...npmPlaces(readManifest()),
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [runtimePackage(platform), version])),
    files: ["README.md", "LICENSE"],
    publishConfig: { access: "public" },
  };
}

function platformReadme(platform: Platform): string {
  return `# ${
    runtimePackage(platform)
  }\n\nThe codex runtime for ${platform.name}. Install \`${runtimePackage()}\` instead: it picks ` +
    "the package of your platform.\n";
}

const META_README =
  `# ${runtimePackage()}\n\nInstalls the codex runtime of your platform, where \`@codex-app-server/sdk\` finds it.\n`;
