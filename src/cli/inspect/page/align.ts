import { isObject, messageOf, type Row } from "./row.ts";

/** Two lines that correspond, or one that has no other. */
export interface Aligned {
  readonly left: Row | null;
  readonly right: Row | null;
  /** Where the two differ, as paths. */
  readonly differences: readonly string[];
}

/** Above so many pairs of lines between two that correspond, they are paired by their places. */
const MAX_CELLS = 4_000_000;

/** So many differences of one line are told. */
const MAX_DIFFERENCES = 50;

/**
 * Puts two recordings beside each other: lines of the same way, kind and method correspond, in order. Ids and times
 * differ from run to run, so an id of the one corresponds to whichever id of the other stood in its place first.
 */
export function align(left: readonly Row[], right: readonly Row[]): Aligned[] {
  const names = [left, right].map((rows) => rows.map(({ event, kind, method }) => `${event.d} ${kind} ${method}`));
  const [a = [], b = []] = names;
  const ids = new Map<string, string>();
  const pairs: Aligned[] = [];
  const pair = (at: number, to: number) => {
    const [one, other] = [left[at]!, right[to]!];
    pairs.push({
      left: one,
      right: other,
      differences: differencesOf(messageOf(one.event), messageOf(other.event), ids),
    });
  };
  const only = (l: Row | null, r: Row | null) => pairs.push({ left: l, right: r, differences: [] });

  let start = 0;
  for (; start < a.length && start < b.length && a[start] === b[start]; start++) pair(start, start);
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  for (const [at, to] of matches(a.slice(start, endA), b.slice(start, endB))) {
    if (at === null) only(null, right[start + to!]!);
    else if (to === null) only(left[start + at]!, null);
    else pair(start + at, start + to);
  }
  for (let at = endA; at < a.length; at++) pair(at, endB + at - endA);
  return pairs;
}

/** The longest common subsequence, with what is not in it. */
function matches(a: readonly string[], b: readonly string[]): [number | null, number | null][] {
  const found: [number | null, number | null][] = [];
  if (a.length * b.length > MAX_CELLS) {
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) found.push([i++, j++]);
      else if (i < a.length && (j >= b.length || a.length - i >= b.length - j)) found.push([i++, null]);
      else found.push([null, j++]);
    }
    return found;
  }
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) found.push([i++, j++]);
    else if (j >= b.length || i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) {
      found.push([i++, null]);
    } else found.push([null, j++]);
  }
  return found;
}

/** Members that are another each time. */
const TIMES = /(?:At|AtMs|Ms|At_ms|timestamp|duration\w*)$/i;

/** What looks like an id, also within a text. */
const ID = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[a-z]+_[0-9a-f]{16,}\b)/i;

/** Whether two texts are the same but for ids that correspond. */
function isSame(left: string, right: string, ids: Map<string, string>): boolean {
  const [a, b] = [left.split(ID), right.split(ID)];
  if (a.length === 1 || a.length !== b.length) return false;
  // Every other part is an id.
  const agree = (at: number) => at % 2 === 0 ? a[at] === b[at] : (ids.get(a[at]!) ?? b[at]) === b[at];
  if (!a.every((_, at) => agree(at))) return false;
  for (let at = 1; at < a.length; at += 2) ids.set(a[at]!, b[at]!);
  return true;
}

/** Where two values differ, as paths such as `params.item.text`. `ids` learns which ids correspond. */
export function differencesOf(left: unknown, right: unknown, ids: Map<string, string>): string[] {
  const found: string[] = [];
  const compare = (a: unknown, b: unknown, path: string, name: string) => {
    if (found.length >= MAX_DIFFERENCES || Object.is(a, b)) return;
    if (typeof a === "number" && typeof b === "number" && TIMES.test(name)) return;
    if (typeof a === "string" && typeof b === "string" && isSame(a, b, ids)) return;
    const lists = Array.isArray(a) && Array.isArray(b);
    if (!lists && !(isObject(a) && isObject(b))) return void found.push(path || "(the whole)");
    const [one, other] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const below = lists ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      compare(own(one, key), own(other, key), below, lists ? name : key);
    }
  };
  compare(left, right, "", "");
  return found;
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}
