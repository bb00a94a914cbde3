/** How entries that come find their place among entries that are there. */
export interface Merge<T, G> {
  /** What tells entries that come apart. */
  readonly keyOf: (given: G) => string;
  /** Where the same entry stands in the list, or -1. */
  readonly placeOf: (given: G) => number;
  /** What the list has from now on for an entry that comes. */
  readonly take: (given: G, before: T | undefined) => T;
  /** Whether an entry of the list comes before one of which the lists themselves do not tell. */
  readonly isBefore: (entry: T, given: G) => boolean;
}

/**
 * Takes a list that comes from elsewhere into one that is there. What both have stays where it is; what is new goes
 * behind its predecessor, else in front of its successor, else where `isBefore` says.
 *
 * @param list What is there; returned as it is if nothing changes.
 * @param given What comes, oldest first.
 */
export function merged<T, G>(list: readonly T[], given: readonly G[], merge: Merge<T, G>): readonly T[] {
  const places = given.map(merge.placeOf);
  const replaced = [...list];
  /** What is new, by the place in the list that it goes in front of. */
  const inserted: Map<string, T>[] = Array.from({ length: list.length + 1 }, () => new Map());
  let slot = -1;
  given.forEach((entry, at) => {
    const place = places[at]!;
    if (place >= 0) {
      replaced[place] = merge.take(entry, replaced[place]);
      slot = Math.max(slot, place + 1);
      return;
    }
    if (slot < 0) slot = places.slice(at).find((later) => later >= 0) ?? firstAfter(list, entry, merge);
    const key = merge.keyOf(entry);
    const there = inserted.find((fresh) => fresh.has(key)) ?? inserted[slot]!;
    there.set(key, merge.take(entry, there.get(key)));
  });
  if (inserted.every(({ size }) => size === 0) && replaced.every((entry, at) => entry === list[at])) return list;
  return inserted.flatMap((fresh, at) => [...fresh.values(), ...replaced.slice(at, at + 1)]);
}

function firstAfter<T, G>(list: readonly T[], entry: G, { isBefore }: Merge<T, G>): number {
  const at = list.findLastIndex((before) => isBefore(before, entry));
  return at + 1;
}
