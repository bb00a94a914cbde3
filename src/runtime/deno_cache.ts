import { getEnv } from "./child_env.ts";
import { OPENAI_PACKAGE } from "./codex_package.ts";
import { joinPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";
import { compareVersions } from "../util/versions.ts";

/**
 * Where Deno keeps npm packages that it has not put into a `node_modules`: `npm/REGISTRY/@openai/codex/VERSION-PLATFORM`.
 * Returns the binaries' places, the preferred version first, then the newest.
 */
export function binariesInDenoCache(
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
  preferredVersion: string | undefined,
): string[] {
  const { platform, arch } = runtime;
  const binaries = OPENAI_PACKAGE.binaries(platform, arch);
  const cache = denoDir(platform, env);
  if (cache === null || binaries.length === 0) return [];
  const found: { readonly version: string; readonly path: string }[] = [];
  const npm = joinPath(platform, cache, "npm");
  for (const registry of runtime.list(npm)) {
    const root = joinPath(platform, npm, registry, "@openai", "codex");
    for (const folder of runtime.list(root)) {
      const suffix = `-${platform}-${arch}`;
      if (!folder.endsWith(suffix)) continue;
      const version = folder.slice(0, -suffix.length);
      for (const binary of binaries) found.push({ version, path: joinPath(platform, root, folder, binary) });
    }
  }
  const rank = (version: string) => version === preferredVersion ? 0 : 1;
  found.sort((a, b) => rank(a.version) - rank(b.version) || compareVersions(b.version, a.version));
  return found.map(({ path }) => path);
}

/** Deno's cache folder, by its own rules. */
export function denoDir(platform: string, env: Readonly<Record<string, string>>): string | null {
  const get = (name: string) => getEnv(platform, env, name) || undefined;
  const named = get("DENO_DIR");
  if (named !== undefined) return named;
  const under = (folder: string | undefined, ...rest: string[]) =>
    folder === undefined ? null : joinPath(platform, folder, ...rest);
  if (platform === "win32") return under(get("LOCALAPPDATA"), "deno");
  if (platform === "darwin") return under(get("HOME"), "Library", "Caches", "deno");
  return under(get("XDG_CACHE_HOME"), "deno") ?? under(get("HOME"), ".cache", "deno");
}
