import { LEAST_VERSIONS } from "../../src/util/too_old.ts";
import type { Manifest } from "./project.ts";

/** Packages that the code imports when a user asks for what they do, and not before: who wants that installs them. */
export const OPTIONAL_PACKAGES: readonly string[] = ["@opentelemetry/api", "@valibot/to-json-schema", "ws"];

/** The packages that bring the runtime: 400 MB, so only who asks for one gets it. */
export const RUNTIME_PACKAGES: readonly string[] = ["@codex-app-server/runtime", "@openai/codex"];

/** The programs that the package installs, and the modules that they are. */
export const PROGRAMS: Readonly<Record<string, string>> = { "codex-app-server-sdk": "./src/cli/main.ts" };

/** Derives package.json from deno.json, the only manifest that people edit. */
export function npmManifest(manifest: Manifest): Record<string, unknown> {
  const peers = Object.fromEntries([
    // Of whatever version: npm refuses what does not fit beside this package, and no range has all prereleases in it.
    ...RUNTIME_PACKAGES.map((name) => [name, "*"]),
    ...OPTIONAL_PACKAGES.map((name) => [name, npmRange(manifest, name)]),
  ]);
  return {
    name: manifest.name,
    version: manifest.version,
    description: manifest.description,
    keywords: manifest.keywords,
    license: manifest.license,
    ...npmPlaces(manifest),
    type: "module",
    sideEffects: false,
    engines: Object.fromEntries(Object.entries(LEAST_VERSIONS).map(([name, version]) => [name, `>=${version}`])),
    bin: Object.fromEntries(Object.entries(PROGRAMS).map(([name, source]) => [name, source.replace(/\.ts$/, ".js")])),
    exports: {
      ...Object.fromEntries(
        Object.entries(manifest.exports).map(([path, source]) => [path, {
          types: source.replace(/\.ts$/, ".d.ts"),
          default: source.replace(/\.ts$/, ".js"),
        }]),
      ),
      "./package.json": "./package.json",
    },
    dependencies: { valibot: npmRange(manifest, "valibot") },
    peerDependencies: peers,
    peerDependenciesMeta: Object.fromEntries(Object.keys(peers).map((name) => [name, { optional: true }])),
    publishConfig: { access: "public", provenance: true },
  };
}

/** Where a package comes from and where its faults are told, for every package that this repository publishes. */
export function npmPlaces({ repository }: Manifest): Record<string, unknown> {
  return {
    repository: { type: "git", url: `git+${repository}.git` },
    homepage: `${repository}#readme`,
    bugs: { url: `${repository}/issues` },
  };
}

function npmRange(manifest: Manifest, name: string): string {
  const range = new RegExp(`^npm:${name}@(.+)$`).exec(manifest.imports[name] ?? "")?.[1];
  if (range === undefined) throw new Error(`deno.json must import "${name}" as npm:${name}@RANGE`);
  return range;
}
