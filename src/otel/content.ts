import type { Attributes } from "@opentelemetry/api";
import type { ThreadItem, UserInput } from "../../gen/mod.ts";
import { redact } from "../../mod.ts";
import { INPUT_MESSAGES, OUTPUT_MESSAGES } from "./conventions.ts";

/** So much of a text, or of what a turn has said, is kept in an attribute. */
const MAX_LENGTH = 32_768;

/** So much of it is looked at: what is taken out makes room for what follows. */
const LOOKED_AT = 4 * MAX_LENGTH;

/** Longer than any secret: what is left of one that was cut in half goes with it. */
const MARGIN = 16_384;

/** A text for an attribute: without secrets, as far as they can be told, and cut where it gets long. */
export function safeText(text: string): string {
  const cut = text.length > LOOKED_AT;
  const safe = redact(cut ? text.slice(0, LOOKED_AT) : text);
  const kept = cut ? safe.slice(0, Math.max(0, safe.length - MARGIN)) : safe;
  return kept.length > MAX_LENGTH || cut ? `${kept.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, "")}…` : kept;
}

/** The same of whatever has a JSON. */
export function safeJson(value: unknown): string {
  return safeText(typeof value === "string" ? value : JSON.stringify(value) ?? "");
}

type Part = { readonly type: "text"; readonly content: string } | { readonly type: string };

interface Message {
  readonly role: "user" | "assistant";
  readonly parts: readonly Part[];
  readonly finish_reason?: "stop";
}

/** What was said in a turn, in the form that the conventions have for messages. */
export class Messages {
  readonly #said: Message[] = [];
  #room = MAX_LENGTH;

  /** Takes in a message of the user or the agent. Past the bound nothing is kept. */
  add(item: ThreadItem): void {
    if (this.#room <= 0) return;
    if (item.type === "userMessage" && Array.isArray(item.content)) {
      this.#said.push({ role: "user", parts: item.content.map((part) => this.#part(part)) });
    } else if (item.type === "agentMessage") {
      this.#said.push({ role: "assistant", parts: [this.#text(item.text)], finish_reason: "stop" });
    }
    this.#room -= 64;
  }

  toAttributes(): Attributes {
    return { ...this.#of("user", INPUT_MESSAGES), ...this.#of("assistant", OUTPUT_MESSAGES) };
  }

  #of(wanted: Message["role"], name: string): Attributes {
    const messages = this.#said.filter(({ role }) => role === wanted);
    return messages.length === 0 ? {} : { [name]: JSON.stringify(messages) };
  }

  #text(text: string): Part {
    const content = safeText(String(text)).slice(0, Math.max(0, this.#room));
    this.#room -= content.length;
    return { type: "text", content };
  }

  /** Pictures, sounds and mentions are told of, and not kept. */
  #part(input: UserInput): Part {
    return input.type === "text" ? this.#text(input.text) : { type: String(input.type) };
  }
}
