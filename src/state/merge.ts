/** How entries that come find their place among entries that are there. */
export interface Merge<T, G> {
  /** What tells entries that come apart. */
  readonly keyOf: (given: G) => string;
  /** Where the same entry stands in the list, or -1. */
  readonly placeOf: (given: G) => number;
  /** What the list has from now on for an entry that comes. */
  readonly take: (given: G, before: T | undefined) => T;
  /** Which of an entry of the list and one that comes is the earlier; 0 if only the lists themselves can tell. */
  readonly compare: (entry: T, given: G) => number;
}

/**
 * Takes a list that comes from elsewhere into one that is there. What both have stays where it is; what is new goes
 * behind its predecessor, or in front of its successor, and of what stands there alone where `compare` says.
 *
 * @param list What is there; returned as it is if nothing changes.
 * @param given What comes, oldest first.
 */
export function merged<T, G>(list: readonly T[], given: readonly G[], merge: Merge<T, G>): readonly T[] {
  const places = given.map(merge.placeOf);
  const told = new Set(places);
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
    if (slot < 0) slot = slotBefore(list, entry, places.slice(at).find((later) => later >= 0), merge);
    while (slot < list.length && !told.has(slot) && merge.compare(list[slot]!, entry) < 0) slot++;
    const key = merge.keyOf(entry);
    const there = inserted.find((fresh) => fresh.has(key)) ?? inserted[slot]!;
    there.set(key, merge.take(entry, there.get(key)));
  });
  if (inserted.every(({ size }) => size === 0) && replaced.every((entry, at) => entry === list[at])) return list;
  return inserted.flatMap((fresh, at) => [...fresh.values(), ...replaced.slice(at, at + 1)]);
}

/** In front of which place an entry goes that nothing comes before, and of which a later one may be there. */
function slotBefore<T, G>(list: readonly T[], entry: G, later: number | undefined, { compare }: Merge<T, G>): number {
  let slot = later ?? list.findLastIndex((before) => compare(before, entry) < 0) + 1;
  while (slot > 0 && compare(list[slot - 1]!, entry) > 0) slot--;
  return slot;
}
