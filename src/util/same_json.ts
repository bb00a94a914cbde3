/** What is deeper than that is not looked through: it could be deeper than the stack. */
const MOST_LEVELS = 500;

/** Whether two values are the same JSON. */
export function isSame(a: unknown, b: unknown, level = 0): boolean {
  if (a === b) return true;
  if (level > MOST_LEVELS) return false;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key], level + 1));
}
