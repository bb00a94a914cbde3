/**
 * Looks at what the types promise. The server's messages are kept as they come: one of another version may lack this or
 * that, and must not take the whole state with it.
 *
 * @module
 */

/** Whether it is an object with texts under these names. */
export function has(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof value[name] === "string");
}

/** Whether it is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The text, or an empty one. */
export function text(value: string | undefined): string {
  return typeof value === "string" ? value : "";
}

/** The time, if it is one. */
export function time(value: unknown): number | undefined {
  return Number.isFinite(value) ? value as number : undefined;
}

/** The list, or an empty one. */
export function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
