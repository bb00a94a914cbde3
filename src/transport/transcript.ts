import { ProtocolError } from "../errors.ts";

/** One line of a transcript, as {@linkcode recordingTransport} writes it: JSON, one object a line. */
export interface TranscriptEntry {
  /** Milliseconds since the connection was opened. */
  readonly t: number;
  /** `out`: the client sent it; `in`: the server did; `end`: the connection was over. */
  readonly dir: "out" | "in" | "end";
  /** What was sent, redacted. Absent for `end`. */
  readonly line?: string;
  /** For a line over the recorder's limit: its full length in characters. `line` is its beginning. */
  readonly length?: number;
  /** For an `end` that was not in order: why. */
  readonly error?: string;
}

/**
 * Reads a transcript back.
 *
 * @throws {ProtocolError} If a line is not a transcript entry; it names the line's number.
 */
export function parseTranscript(text: string): TranscriptEntry[] {
  const entries: TranscriptEntry[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = parse(line);
    if (entry === null) {
      throw new ProtocolError(
        `Line ${index + 1} of the transcript is not an entry: expected {"t":0,"dir":"in","line":"..."}, found ${
          line.slice(0, 80)
        }`,
      );
    }
    entries.push(entry);
  }
  return entries;
}

function parse(line: string): TranscriptEntry | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("dir" in value)) return null;
    if (value.dir === "end") return value as TranscriptEntry;
    if (value.dir !== "in" && value.dir !== "out") return null;
    return "line" in value && typeof value.line === "string" ? value as TranscriptEntry : null;
  } catch {
    return null;
  }
}
