/** One place where two JSON values differ. */
export interface Difference {
  /** Where, as in `params.input[0].text`; empty for the whole value. */
  readonly path: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** Compares two JSON values; the order of members does not matter. `ignore` lists paths that may differ. */
export function differences(
  expected: unknown,
  found: unknown,
  ignore: readonly string[] = [],
  path = "",
): Difference[] {
  if (ignore.includes(path) || Object.is(expected, found)) return [];
  if (!isContainer(expected) || !isContainer(found) || Array.isArray(expected) !== Array.isArray(found)) {
    return [{ path, expected, found }];
  }
  const all: Difference[] = [];
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const below = Array.isArray(expected) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    all.push(...differences(own(expected, key), own(found, key), ignore, below));
  }
  return all;
}

/** Says the first few differences, one a line. */
export function describeDifferences(all: readonly Difference[], limit = 8): string {
  const lines = all.slice(0, limit).map(({ path, expected, found }) =>
    `  ${path === "" ? "(message)" : path}: expected ${show(expected)}, found ${show(found)}`
  );
  if (all.length > limit) lines.push(`  (and ${all.length - limit} more)`);
  return lines.join("\n");
}

type Container = Readonly<Record<string, unknown>>;

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function own(value: Container, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
