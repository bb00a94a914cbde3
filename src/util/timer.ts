/** The longest delay that every runtime's `setTimeout` takes; a longer one fires at once. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Starts a timer; returns how to cancel it. `undefined`, 0 and `Infinity` mean that it never fires. */
export function startTimer(delayMs: number | undefined, onFire: () => void): () => void {
  if (delayMs === undefined || delayMs <= 0 || delayMs > MAX_DELAY_MS) return () => {};
  const id = setTimeout(onFire, delayMs);
  return () => clearTimeout(id);
}

/**
 * The same for what comes before everything else: on Deno, the first `setTimeout` of a program takes 6 to 12 ms. It may
 * keep the program alive, as Deno's does, or not.
 */
export function startFirstTimer(delayMs: number, onFire: () => void): () => void {
  if (delayMs <= 0 || delayMs > MAX_DELAY_MS) return () => {};
  const signal = AbortSignal.timeout(delayMs);
  signal.addEventListener("abort", onFire, { once: true });
  return () => signal.removeEventListener("abort", onFire);
}

/** The same for what a program that has nothing else to do need not wait for. */
export function startIdleTimer(delayMs: number, onFire: () => void): () => void {
  if (delayMs <= 0 || delayMs > MAX_DELAY_MS) return () => {};
  const id = setTimeout(onFire, delayMs);
  // Of every runtime here but the browsers, whose pages end with their tabs. (The signal of a time-out, once somebody
  // listens to it, keeps a program alive on Deno.)
  (id as unknown as { unref?(): unknown }).unref?.();
  return () => clearTimeout(id);
}

/** Resolves after `delayMs`, or rejects with the signal's reason; leaves neither timer nor listener behind. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(id);
      reject(signal!.reason);
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, Math.min(delayMs, MAX_DELAY_MS));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
