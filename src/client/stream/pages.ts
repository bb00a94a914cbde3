import type { ParamsOf, RequestMethod, ResultOf } from "../../../gen/mod.ts";

/** The name of a request that is answered page by page. */
export type PagedMethod = {
  // An answer of any keys at all (`Record<string, never>`) has this one, too.
  [M in RequestMethod]: string extends keyof ResultOf<M> ? never : "nextCursor" extends keyof ResultOf<M> ? M : never;
}[RequestMethod];

/** One entry of the list that the request `M` asks for. */
export type EntryOf<M extends RequestMethod> = ResultOf<M> extends { data: readonly (infer T)[] } ? T : never;

interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor?: string | null;
}

/**
 * All entries of a paged list, page after page, each fetched when it is needed. Ends at the last page, and also at a
 * cursor that was seen before: a server that repeats one would be followed for ever.
 *
 * @throws {TypeError} From the iteration, if the answer is no page.
 */
export async function* pages<M extends PagedMethod>(
  method: M,
  params: ParamsOf<M>,
  fetch: (params: ParamsOf<M>) => Promise<ResultOf<M>>,
): AsyncGenerator<EntryOf<M>, void, void> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const answer: unknown = await fetch(cursor === undefined ? params : { ...params, cursor });
    const page = answer as Page<EntryOf<M>>;
    if (!Array.isArray(page?.data)) throw new TypeError(`${method} is not answered by pages: use request`);
    yield* page.data;
    cursor = page.nextCursor ?? undefined;
    if (cursor !== undefined && seen.has(cursor)) return;
    if (cursor !== undefined) seen.add(cursor);
  } while (cursor !== undefined);
}
