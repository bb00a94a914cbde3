/**
 * What a scripted reply is made of. Types only: `model_reply.ts` has the builders.
 *
 * @module
 */
import type { Pause } from "./gate.ts";

/** One server-sent event of the Responses API. */
export interface ModelEvent {
  /** Which event it is, as in `response.completed`. */
  readonly type: string;
  /** Whatever else it carries. */
  readonly [key: string]: unknown;
}

/** What `usage` reports; absent counts are 0, an absent total is the sum of input and output. */
export interface ModelUsage {
  /** All tokens that went in. */
  readonly inputTokens?: number;
  /** Those of them that came from a cache. */
  readonly cachedInputTokens?: number;
  /** All tokens that came out. */
  readonly outputTokens?: number;
  /** Those of them that were reasoning. */
  readonly reasoningOutputTokens?: number;
  /** Both together. */
  readonly totalTokens?: number;
}

/** Gives out ids such as `msg_1`, in order, so that two runs of one script are equal. */
export type IdSource = (prefix: string) => string;

/** Events, with pauses between them. */
export interface EventsStep {
  /** Gives the events in order; asked for the next one when the one before has been sent. */
  readonly play: (id: IdSource) => Iterable<ModelEvent | Pause>;
}

/** One part of a scripted reply. Made by {@linkcode message}, {@linkcode command} and the like. */
export type ReplyStep =
  /** The same as {@linkcode message} of that text. */
  | string
  /** Holds the reply: a `Gate`, or {@linkcode delay}. */
  | Pause
  | EventsStep
  /** What the reply's end reports as usage. */
  | { readonly usage: ModelUsage }
  /** The whole reply is an HTTP error. */
  | { readonly httpStatus: number; readonly body: string }
  /** The connection breaks here. */
  | { readonly hangUp: true };
