import { type Manifest, pinnedRuntime } from "./project.ts";

/** Derives package.json from deno.json, the only manifest that people edit. */
export function npmManifest(manifest: Manifest): Record<string, unknown> {
  const runtime = pinnedRuntime(manifest);
  return {
    name: manifest.name,
    version: manifest.version,
    description: "TypeScript SDK for codex app-server: threads, turns, streams, approvals. Deno, Bun and Node.",
    keywords: ["codex", "app-server", "agent", "json-rpc", "deno", "bun"],
    license: manifest.license,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20", bun: ">=1.2", deno: ">=2.2" },
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
    // The runtime is 400 MB, only remote servers are reached by ws, and only valibot schemas want a converter: who asks
    // for them gets them.
    peerDependencies: {
      "@openai/codex": runtime,
      "@valibot/to-json-schema": npmRange(manifest, "@valibot/to-json-schema"),
      ws: npmRange(manifest, "ws"),
    },
    peerDependenciesMeta: {
      "@openai/codex": { optional: true },
      "@valibot/to-json-schema": { optional: true },
      ws: { optional: true },
    },
    publishConfig: { access: "public", provenance: true },
  };
}

function npmRange(manifest: Manifest, name: string): string {
  const range = new RegExp(`^npm:${name}@(.+)$`).exec(manifest.imports[name] ?? "")?.[1];
  if (range === undefined) throw new Error(`deno.json must import "${name}" as npm:${name}@RANGE`);
  return range;
}
