import type { TurnHandle } from "../../mod.ts";
import { startTimer } from "../util/timer.ts";
import { ChunkLog, questionOf } from "./chunk_log.ts";
import { frames } from "./frames.ts";
import type { Outcome } from "./item_kinds.ts";
import { Reader } from "./reader.ts";
import type { AskedPart, QuestionPart, TurnChunks } from "./turn_chunks.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** What somebody at a page says to a question. */
export interface PageAnswer {
  /** Whether they agree. */
  readonly approved: boolean;
  /** What the page says beside it. */
  readonly reason: string | null;
  /** What a tool of the page gave. */
  readonly output: unknown;
}

/** How a run is bounded. */
export interface RunOptions {
  readonly frameMs: number;
  /** Of the log, and of what a slow reader has not read. */
  readonly maxBytes: number;
  /** Of a question; 0 is for ever. */
  readonly answerTimeoutMs: number;
}

/** An item that a question is about is told of before the question: that it is not comes from an odd server alone. */
const ITEM_WAIT_MS = 1_000;

/** One turn that pages look at: it goes on whether any of them does or not. */
export class Run {
  readonly turn: TurnHandle;
  /** Resolves when the turn is over and its message whole. Never rejects. */
  readonly done: Promise<void>;
  readonly #chunks: TurnChunks;
  readonly #options: RunOptions;
  readonly #log: ChunkLog;
  readonly #readers = new Set<Reader>();
  /** Questions that wait, with what takes their answers. */
  readonly #pending = new Map<string, (answer: PageAnswer | null) => void>();
  /** Told when more of the turn is known. */
  readonly #news = new Set<() => void>();

  constructor(turn: TurnHandle, chunks: TurnChunks, options: RunOptions) {
    this.turn = turn;
    this.#chunks = chunks;
    this.#options = options;
    this.#log = new ChunkLog(options.maxBytes);
    this.done = this.#follow();
  }

  get over(): boolean {
    return this.#chunks.ended;
  }

  /** Whether it waits for an answer of somebody. */
  get asks(): boolean {
    return this.#pending.size > 0;
  }

  /** Whether a page reads. */
  get watched(): boolean {
    return this.#readers.size > 0;
  }

  /** Whether it has ever asked this. */
  hasAsked(question: string): boolean {
    return this.#log.has(question);
  }

  /**
   * What a page is to be shown: the whole message so far, or what came behind the last of the questions that it has seen;
   * and then everything that comes. Ends with the turn, and with a question that waits for its answer.
   */
  open(seen?: Iterable<string>): Reader {
    const reader = new Reader(2 * this.#options.maxBytes);
    const chunks = this.#log.read(seen);
    const denied = new Set(
      chunks.flatMap((chunk) => chunk.type === "tool-output-denied" ? [chunk.toolCallId] : []),
    );
    for (const chunk of chunks) {
      // Without its answer, a page would go on to ask what is answered; a refusal is shown as one by the AI SDK alone.
      const answered = chunk.type === "tool-approval-request" &&
        !this.#pending.has(chunk.approvalId);
      if (answered && !denied.has(chunk.toolCallId)) continue;
      reader.push(chunk);
      if (this.#waitsBehind(chunk)) {
        reader.end();
        return reader;
      }
    }
    if (this.over) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  /** A page does not read any more. */
  leave(reader: Reader): void {
    this.#readers.delete(reader);
    reader.end();
  }

  /** Answers a question. One that is over, or was never asked here, is left alone. */
  answer(question: string, answer: PageAnswer): void {
    this.#pending.get(question)?.(answer);
  }

  /** Asks whoever looks at the turn. `null` if nobody answers in time, or the question is over. */
  async ask(
    asked: Omit<AskedPart, "approvalId">,
    signal: AbortSignal,
  ): Promise<PageAnswer | null> {
    const { threadId, itemId } = asked;
    if (itemId !== null && threadId === this.turn.threadId) {
      await this.#until(itemId, signal);
    }
    const approvalId = crypto.randomUUID();
    const answer = this.#wait(approvalId, signal);
    this.#chunks.ask({ ...asked, approvalId });
    this.#show();
    const given = await answer;
    this.#settle(
      approvalId,
      given?.approved ? { output: { approved: true } } : "denied",
    );
    return given;
  }

  /** Asks for what takes more than yes or no. */
  async askForOutput(
    part: QuestionPart,
    signal: AbortSignal,
  ): Promise<PageAnswer | null> {
    const toolCallId = crypto.randomUUID();
    const answer = this.#wait(toolCallId, signal);
    this.#chunks.askForOutput(toolCallId, part);
    this.#show();
    const given = await answer;
    this.#settle(
      toolCallId,
      given?.approved ? { output: given.output } : { error: "It was not answered" },
    );
    return given;
  }

  async #follow(): Promise<void> {
    const events = this.turn.stream({ agents: true });
    this.#show();
    try {
      for await (const gathered of frames(events, this.#options.frameMs, () => this.#chunks.dueInMs)) {
        for (const event of gathered) this.#chunks.take(event);
        this.#show();
      }
    } catch (error) {
      this.#chunks.fail(error);
    }
    this.#chunks.fail(new Error("The turn's events ended before the turn"));
    this.#show();
    for (const settle of [...this.#pending.values()]) settle(null);
    for (const reader of [...this.#readers]) this.leave(reader);
  }

  #show(): void {
    for (const chunk of this.#chunks.flush()) {
      this.#log.push(chunk);
      for (const reader of [...this.#readers]) {
        reader.push(chunk);
        if (this.#waitsBehind(chunk)) this.leave(reader);
      }
    }
    for (const tell of [...this.#news]) tell();
  }

  #waitsBehind(chunk: UIMessageChunk): boolean {
    const question = questionOf(chunk);
    return question !== null && this.#pending.has(question);
  }

  #wait(question: string, signal: AbortSignal): Promise<PageAnswer | null> {
    return new Promise((resolve) => {
      const settle = (answer: PageAnswer | null) => {
        this.#pending.delete(question);
        signal.removeEventListener("abort", none);
        stopTimer();
        resolve(answer);
      };
      const none = () => settle(null);
      const stopTimer = startTimer(this.#options.answerTimeoutMs, none);
      this.#pending.set(question, settle);
      signal.addEventListener("abort", none, { once: true });
      if (signal.aborted || this.over) none();
    });
  }

  #settle(question: string, outcome: Outcome): void {
    this.#chunks.settle(question, outcome);
    this.#show();
  }

  /** The handler is called as the question comes, and may be before its item was read. */
  #until(itemId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#chunks.knows(itemId) && !this.over && !signal.aborted) {
          return;
        }
        finish();
      };
      const finish = () => {
        this.#news.delete(look);
        stopTimer();
        resolve();
      };
      const stopTimer = startTimer(ITEM_WAIT_MS, finish);
      this.#news.add(look);
      look();
    });
  }
}
