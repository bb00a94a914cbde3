import type { TranscriptEntry } from "../../transport/transcript.ts";

/** A later time of a recording, in milliseconds, is none: it is thirty years. */
const MAX_TIME = 1e12;

/** Reads a line of a recording, whoever wrote it; `null` if it is none. What is odd in it is left out. */
export function recordedEntry(json: string): TranscriptEntry & { readonly line: string } | null {
  let entry: Partial<Record<keyof TranscriptEntry, unknown>>;
  try {
    entry = JSON.parse(json) ?? {};
  } catch {
    return null;
  }
  const { t, dir, line, length, error } = entry;
  if (dir !== "end" && (dir !== "in" && dir !== "out" || typeof line !== "string")) return null;
  return {
    t: typeof t === "number" && t >= 0 && t <= MAX_TIME ? t : 0,
    dir,
    line: typeof line === "string" ? line : "",
    ...(Number.isSafeInteger(length) ? { length: length as number } : {}),
    ...(typeof error === "string" ? { error } : {}),
  };
}
