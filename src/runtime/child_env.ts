/** The value of an environment variable; on Windows names differ in spelling (`Path`) and mean the same. */
export function getEnv(platform: string, env: Readonly<Record<string, string>>, name: string): string | undefined {
  const key = findKey(platform, env, name);
  return key === undefined ? undefined : env[key];
}

/**
 * The environment of the child: the host's, changed by `overrides` (`undefined` removes a name), with `pathDir` in
 * front of `PATH`. An existing spelling of a name is kept on Windows, and only one spelling of it remains.
 */
export function childEnv(
  platform: string,
  hostEnv: Readonly<Record<string, string>>,
  overrides: Readonly<Record<string, string | undefined>> = {},
  pathDir: string | null = null,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(hostEnv)) assign(platform, env, name, value);
  for (const [name, value] of Object.entries(overrides)) assign(platform, env, name, value);
  if (pathDir !== null) {
    const separator = platform === "win32" ? ";" : ":";
    const current = getEnv(platform, env, "PATH");
    const rest = current ? current.split(separator).filter((part) => !sameFolder(platform, part, pathDir)) : [];
    assign(platform, env, "PATH", [pathDir, ...rest].join(separator));
  }
  return env;
}

function sameFolder(platform: string, a: string, b: string): boolean {
  return platform === "win32" ? a.toLowerCase() === b.toLowerCase() : a === b;
}

function findKey(platform: string, env: Readonly<Record<string, string>>, name: string): string | undefined {
  if (platform !== "win32") return Object.hasOwn(env, name) ? name : undefined;
  const wanted = name.toUpperCase();
  return Object.keys(env).find((key) => key.toUpperCase() === wanted);
}

function assign(platform: string, env: Record<string, string>, name: string, value: string | undefined): void {
  const key = findKey(platform, env, name) ?? name;
  if (value === undefined) delete env[key];
  else env[key] = value;
}
