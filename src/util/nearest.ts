/** The name that was probably meant, or `undefined` if none of them is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of names) {
    const distance = distanceOf(wanted, plain(candidate));
    // Two mistakes in a short name, or a third of a long one, are still the same word.
    const allowed = Math.max(2, Math.floor(Math.max(wanted.length, candidate.length) / 3));
    if (distance < least && distance <= allowed && distance < candidate.length) [best, least] = [candidate, distance];
  }
  // A name that was cut short, or not quite: `idle` is nearest to `idleTimeoutMs`.
  return best ?? names.find((candidate) => wanted.length > 3 && plain(candidate).startsWith(wanted));
}

/** Case and separators are what the languages that people come from differ in. */
function plain(name: string): string {
  return name.slice(0, 80).toLowerCase().replace(/[_-]/g, "");
}

/** How many characters have to be put in, left out, changed or swapped with their neighbour. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(changed, last[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
      }
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
