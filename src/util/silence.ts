import { startTimer } from "./timer.ts";

/** A timer that is so late says that the program was stopped, or its machine slept. */
const LATE_MS = 1000;
/** What a program that was stopped gets, to read what came meanwhile. */
const GRACE_MS = 1000;

/**
 * Calls `onSilent` when nothing has happened for `silenceMs`, and again after as much silence more. Looks at the clock
 * when a timer fires, not at every event. Returns how to stop.
 *
 * Only silence that this program has lived through counts: while its machine slept, or it was itself stopped, nobody could
 * have been heard, and what was said is waiting to be read.
 *
 * @param lastAt When something last happened, as `performance.now()` gives it.
 */
export function watchSilence(silenceMs: number, lastAt: () => number, onSilent: () => unknown): () => void {
  let stopped = false;
  let cancel = () => {};
  let last = lastAt();
  let notLived = 0;

  const look = async (due: number) => {
    const now = performance.now();
    const late = now - due;
    if (lastAt() !== last) notLived = 0;
    last = lastAt();
    if (late > LATE_MS) notLived += late;
    const left = silenceMs - (now - last - notLived);
    if (left > 0 || late > LATE_MS) return arm(Math.max(left, late > LATE_MS ? GRACE_MS : 0));
    await onSilent();
    if (!stopped) arm(silenceMs);
  };
  const arm = (delayMs: number) => {
    const due = performance.now() + delayMs;
    cancel = startTimer(delayMs, () => void look(due));
  };

  arm(silenceMs);
  return () => {
    stopped = true;
    cancel();
  };
}
