let now = 0;

/**
 * `performance.now()`, read once for everything that happens without a pause. Reading it for each of the some 300 events of a
 * chunk would take as long as routing them.
 */
export function coarseNow(): number {
  if (now !== 0) return now;
  queueMicrotask(() => {
    now = 0;
  });
  return now = performance.now();
}
