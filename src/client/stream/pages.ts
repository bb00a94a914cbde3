/** One page of a list, as all paged methods of the protocol answer. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor?: string | null;
}

/**
 * All entries of a paged list, page after page, each fetched when it is needed. Ends at the last page, and also at a
 * cursor that was seen before: a server that repeats one would be followed for ever.
 */
export async function* pages<T>(
  fetch: (cursor: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, void> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const page: Page<T> = await fetch(cursor);
    yield* page.data;
    cursor = page.nextCursor ?? undefined;
    if (cursor !== undefined && seen.has(cursor)) return;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
