import { StreamOverflowError } from "../errors.ts";
import { type Conceal, concealing } from "../util/conceal.ts";
import { quiet } from "../util/deferred.ts";
import { atLeast, callback, flag, type OptionChecks } from "../util/options.ts";
import { redact } from "./redact.ts";
import type { TranscriptEntry } from "./transcript.ts";

/** Where a transcript goes: a function that is handed each JSON line (with its newline), or a stream of them. */
export type TranscriptSink = ((jsonLine: string) => void | Promise<void>) | WritableStream<string>;

/** Options of {@linkcode recordingTransport}. */
export interface RecordingOptions {
  /**
   * Applied to each line after the built-in redaction, to take out what only you know to be secret. It must return a
   * line.
   */
  readonly redact?: ((line: string) => string) | undefined;
  /**
   * Numbers every UUID (threads, turns, items) by its first appearance, so that recordings of equal runs are equal. Each
   * is remembered for as long as the connection lasts.
   *
   * @default {false}
   */
  readonly normalizeIds?: boolean | undefined;
  /**
   * Called once, when the sink fails or falls more than `maxPendingChars` behind. Recording stops there, for a
   * transcript with holes would mislead; the connection goes on.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Longer lines are cut in the transcript, in characters.
   *
   * @default {16777216}
   */
  readonly maxLineChars?: number | undefined;
  /**
   * How many characters may wait for a slow sink.
   *
   * @default {67108864}
   */
  readonly maxPendingChars?: number | undefined;
  /** The clock, in milliseconds; for tests. */
  readonly now?: (() => number) | undefined;
}

/** See {@linkcode checkOptions}. */
export const RECORDING_OPTIONS: OptionChecks<RecordingOptions> = {
  redact: callback,
  normalizeIds: flag,
  onError: callback,
  maxLineChars: atLeast(1),
  maxPendingChars: atLeast(1),
  now: callback,
};

/** The one request that brings a key to the server. */
const KEY_LOGIN = /"method":"account\/login\/start".*"apiKey":("(?:[^"\\]|\\.)*")/;

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;

/** Turns lines into transcript entries and hands them to the sink. Never throws and never waits. */
export class Recorder {
  readonly maxLineChars: number;
  readonly #options: RecordingOptions;
  #sink: (text: string) => void | Promise<void> = () => {};
  #release: () => void = () => {};
  readonly #now: () => number;
  readonly #start: number;
  readonly #uuids = new Map<string, string>();
  /** Takes out the key that the server was given, in whatever it repeats it. */
  #conceal: Conceal = (text) => text;
  #pending = 0;
  #last: Promise<void> = Promise.resolve();
  #over = false;
  #failed = false;

  constructor(sink: TranscriptSink, options: RecordingOptions) {
    this.#options = options;
    this.maxLineChars = options.maxLineChars ?? 16 * 1024 * 1024;
    this.#now = options.now ?? (() => performance.now());
    this.#start = this.#now();
    if (typeof sink === "function") {
      this.#sink = sink;
      return;
    }
    try {
      const writer = sink.getWriter();
      quiet(writer.closed);
      quiet(writer.ready);
      this.#sink = (text) => writer.write(text);
      this.#release = () => writer.releaseLock();
    } catch (error) {
      // An earlier connection's entries still wait in the stream.
      this.#fail(error);
    }
  }

  /** Records a line. `length` is its full length if the caller kept only its beginning. */
  line(dir: "in" | "out", line: string, length: number = line.length): void {
    if (this.#over) return;
    try {
      const [, key] = (dir === "out" && KEY_LOGIN.exec(line)) || [];
      if (key !== undefined) this.#conceal = concealing(JSON.parse(key));
      let text = redact(line.length > this.maxLineChars ? line.slice(0, this.maxLineChars) : line);
      text = this.#conceal(text);
      if (this.#options.redact !== undefined) text = this.#options.redact(text);
      if (this.#options.normalizeIds === true) text = text.replace(UUID, (uuid) => this.#numbered(uuid));
      const cut = length > this.maxLineChars ? { length } : {};
      this.#write({ t: this.#elapsed(), dir, line: text, ...cut });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Records the end of the connection and resolves when the sink has taken everything, or failed. */
  async end(error?: unknown): Promise<void> {
    if (this.#over) return;
    const why = error === undefined ? {} : { error: redact(String(error)) };
    this.#write({ t: this.#elapsed(), dir: "end", ...why });
    this.#over = true;
    await this.#last;
    this.#release();
  }

  #elapsed(): number {
    return Math.round(this.#now() - this.#start);
  }

  #numbered(uuid: string): string {
    let numbered = this.#uuids.get(uuid);
    if (numbered === undefined) {
      numbered = `00000000-0000-7000-8000-${String(this.#uuids.size + 1).padStart(12, "0")}`;
      this.#uuids.set(uuid, numbered);
    }
    return numbered;
  }

  #write(entry: TranscriptEntry): void {
    const text = `${JSON.stringify(entry)}\n`;
    const limit = this.#options.maxPendingChars ?? 64 * 1024 * 1024;
    if (this.#pending + text.length > limit) {
      this.#fail(new StreamOverflowError(limit, `Recording stopped: the sink is more than ${limit} characters behind`));
      return;
    }
    try {
      const written = this.#sink(text);
      if (written === undefined) return;
      this.#pending += text.length;
      const done = written.then(() => {
        this.#pending -= text.length;
      }, (error) => this.#fail(error));
      this.#last = this.#last.then(() => done);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#over = true;
    this.#release();
    try {
      this.#options.onError?.(error);
    } catch {
      // What reports a failure has failed: there is nobody left to tell, and the connection must not notice.
    }
  }
}
