/** Colours and the like, which terminals take and nobody misses. */
// deno-lint-ignore no-control-regex -- that is what they are made of
const STYLES = /\x1b\[[0-9;:]{0,64}m/g;

/** What moves the cursor, rings, hides or reorders text; and halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/**
 * Text of unknown origin, harmless to show: escape sequences and the invisible characters that hide or reorder text are
 * spelled out as `\u{1b}`; colours are left out. Line breaks and tabs stay.
 */
export function visible(text: string): string {
  return text.replace(STYLES, "").replace(/\r\n/g, "\n").replace(
    UNSEEN,
    (char) => char === "\n" || char === "\t" ? char : `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

/** The same within a value of plain data; whatever is not plain, such as an error, is left as it is. */
export function visibleData<T>(value: T, depth = 0): T {
  if (typeof value === "string") return visible(value) as T & string;
  if (typeof value !== "object" || value === null || depth > 4) return value;
  if (Array.isArray(value)) return value.map((entry) => visibleData(entry, depth + 1)) as T & unknown[];
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visibleData(entry, depth + 1)])) as T;
}
