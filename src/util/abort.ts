import { tooOld } from "./too_old.ts";

/**
 * A signal that aborts with the first of these.
 *
 * @throws {StartError} If the runtime is too old to have `AbortSignal.any`: the first thing here that such a one lacks.
 */
export function anySignal(...signals: AbortSignal[]): AbortSignal {
  if (typeof AbortSignal.any === "function") return AbortSignal.any(signals);
  throw tooOld("AbortSignal.any");
}

/** A promise race against an abort signal that leaves no listener behind. Rejects with `signal.reason`. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  if (signal.aborted) {
    promise.catch(() => {});
    throw signal.reason;
  }
  let release: () => void = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    release = () => signal.removeEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    release();
  }
}

/** Calls `listener` with the reason when the signal aborts, or at once if it has. Returns how to stop listening. */
export function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener(signal.reason);
    return () => {};
  }
  const call = () => listener(signal.reason);
  signal.addEventListener("abort", call, { once: true });
  return () => signal.removeEventListener("abort", call);
}
