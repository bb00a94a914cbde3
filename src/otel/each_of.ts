/**
 * Does all of it, in order, whatever goes wrong with some of it: a tracer or an exporter that throws must not keep a span
 * from being ended.
 *
 * @throws What was thrown first, when all is done.
 */
export function eachOf(steps: readonly (() => void)[]): void {
  const thrown: unknown[] = [];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}
