/**
 * What an iterator yields, gathered: what comes within a frame of each other comes as one list. Ends and fails as the
 * iterator does; to leave it leaves the iterator.
 */
export async function* frames<T>(
  iterator: AsyncIterator<T>,
  frameMs: number,
): AsyncGenerator<T[], void, void> {
  let next = iterator.next();
  try {
    for (let first = await next; first.done !== true; first = await next) {
      const gathered = [first.value];
      next = iterator.next();
      let id: ReturnType<typeof setTimeout> | undefined;
      const over = new Promise<null>((resolve) => id = setTimeout(resolve, frameMs, null));
      try {
        while (gathered.length < GATHERED_MAX) {
          // One that fails is told behind what came before it.
          const more = await Promise.race([next.catch(() => null), over]);
          if (more === null || more.done === true) break;
          gathered.push(more.value);
          next = iterator.next();
        }
      } finally {
        clearTimeout(id);
      }
      yield gathered;
    }
  } finally {
    next.catch(() => {});
    await iterator.return?.();
  }
}

const GATHERED_MAX = 1_000;
