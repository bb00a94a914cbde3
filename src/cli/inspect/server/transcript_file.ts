import { createWriteStream } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import type { TranscriptEntry } from "../../../transport/transcript.ts";
import { UsageError } from "../../usage_error.ts";
import { recordedEntry } from "../recorded.ts";
import type { EventLog } from "./event_log.ts";
import { Traffic } from "./traffic.ts";

/** Puts a recording into the log as a connection of its own. @throws {UsageError} If it cannot be read as one. */
export async function openTranscript(log: EventLog, path: string, showSecrets: boolean): Promise<void> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new UsageError(`Cannot open ${path}: ${error instanceof Error ? error.message : error}`);
  });
  const entries = [...entriesOf(text, path)];
  const start = performance.timeOrigin + performance.now() - (entries.at(-1)?.t ?? 0);
  const traffic = new Traffic(log, "file", path, showSecrets, start);
  for (const { t, dir, line = "", length, error } of entries) {
    if (dir === "end") traffic.end(error ?? "closed", start + t);
    else traffic.line(dir, line, start + t, length);
  }
  traffic.end("the recording ends here");
}

function* entriesOf(text: string, path: string): Generator<TranscriptEntry> {
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = recordedEntry(line);
    if (entry === null) {
      throw new UsageError(
        `${path} is no recording: line ${index + 1} is no entry such as {"t":0,"dir":"in","line":"..."}`,
      );
    }
    yield entry;
  }
}

/** A recording that is being written. */
export interface Saving {
  /** Resolves when all of it is in its files. */
  end(): Promise<void>;
}

/**
 * Writes what comes into the log as recordings, one a connection: `FILE`, then `FILE.2` and so on. What is there already is
 * not written over.
 *
 * @throws {UsageError} If the first file is there already, or cannot be made.
 */
export async function saveTranscripts(log: EventLog, path: string): Promise<Saving> {
  const first = await create(path);
  const files = new Map<number, ReturnType<typeof createWriteStream>>();
  const failures: string[] = [];
  const fileOf = (id: number) => {
    let file = files.get(id);
    if (file === undefined) {
      const fd = files.size === 0 ? { fd: first } : {};
      file = createWriteStream(files.size === 0 ? path : `${path}.${files.size + 1}`, {
        mode: 0o600,
        flags: "wx",
        ...fd,
      });
      file.on("error", (error) => failures.push(error.message));
      files.set(id, file);
    }
    return file;
  };
  const stop = log.listen(({ c, t, d, l, x }) => {
    const connection = log.connections[c];
    if (d !== "in" && d !== "out" || connection === undefined || connection.kind === "file") return;
    const entry: TranscriptEntry = {
      t: Math.max(0, Math.round(t - connection.startedAt)),
      dir: d,
      line: l,
      ...(x === undefined ? {} : { length: x }),
    };
    fileOf(c).write(`${JSON.stringify(entry)}\n`);
  });
  return {
    async end() {
      stop();
      await Promise.all([...files].map(([id, file]) =>
        new Promise<void>((resolve) => {
          const { startedAt = 0 } = log.connections[id] ?? {};
          const t = Math.round(performance.timeOrigin + performance.now() - startedAt);
          file.on("error", () => resolve());
          file.end(`${JSON.stringify({ t, dir: "end" })}\n`, () => resolve());
        })
      ));
      if (files.size === 0) {
        // Nothing was seen, as where something failed: what is empty would be in the way the next time.
        await first.close();
        await rm(path);
      }
      if (failures.length > 0) throw new Error(`The recording is not whole: ${failures[0]}`);
    },
  };
}

async function create(path: string) {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    const why = error instanceof Error && "code" in error && error.code === "EEXIST"
      ? "it is there already"
      : String(error instanceof Error ? error.message : error);
    throw new UsageError(`Cannot write ${path}: ${why}`);
  }
}
