/**
 * What an iterator yields, gathered: what is there at once comes as one list, and what comes within a frame behind the
 * first of it. Ends and fails as the iterator does; to leave it leaves the iterator.
 *
 * @param frameMs 0: nothing waits for what may come.
 * @param dueInMs When an empty list is wanted, if nothing comes before; `null` if none is.
 */
export async function* frames<T>(
  iterator: AsyncIterator<T>,
  frameMs: number,
  dueInMs: () => number | null = () => null,
): AsyncGenerator<T[], void, void> {
  let next = iterator.next();
  try {
    while (true) {
      const dueMs = dueInMs();
      const first = await (dueMs === null ? next : within(next, pause(dueMs)));
      if (first?.done === true) return;
      const gathered: T[] = [];
      if (first !== null) {
        gathered.push(first.value);
        next = iterator.next();
        const frame = pause(frameMs);
        while (gathered.length < GATHERED_MAX) {
          // One that fails is told behind what came before it.
          const more = await Promise.race([next, frame.over]).catch(() => null);
          if (more === null || more.done === true) break;
          gathered.push(more.value);
          next = iterator.next();
        }
        frame.stop();
      }
      yield gathered;
    }
  } finally {
    next.catch(() => {});
    await iterator.return?.();
  }
}

const GATHERED_MAX = 1_000;

interface Pause {
  readonly over: Promise<null>;
  readonly stop: () => void;
}

/** None at all: in a race with it wins what is there already. */
const NO_PAUSE: Pause = { over: Promise.resolve(null), stop: () => {} };

function pause(ms: number): Pause {
  if (ms <= 0) return NO_PAUSE;
  let id: ReturnType<typeof setTimeout>;
  const over = new Promise<null>((resolve) => id = setTimeout(resolve, ms, null));
  return { over, stop: () => clearTimeout(id) };
}

async function within<T>(promise: Promise<T>, { over, stop }: Pause): Promise<T | null> {
  try {
    return await Promise.race([promise, over]);
  } finally {
    stop();
  }
}
