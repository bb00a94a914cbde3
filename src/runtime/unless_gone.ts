/** Holds a child, or lets it go. Of one that has ended, Deno throws `BadResource` until it has told of the end. */
export function unlessGone(hold: () => unknown): void {
  try {
    hold();
  } catch {
    // It keeps no program alive.
  }
}
