import type { ReasoningThreadItem } from "../../gen/mod.ts";
import { TextDigest } from "./text_digest.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** A text or a thought that grows. */
interface OpenText {
  readonly kind: "text" | "reasoning";
  /** The part that grows; `null` behind a {@linkcode TextParts.cut}. */
  partId: string | null;
  /** How many parts it has so far. */
  parts: number;
  /** Which of the reasoning's parts was written last. */
  index: number;
  readonly streamed: TextDigest;
}

/** The texts and thoughts of a message. */
export class TextParts {
  readonly #emit: (chunk: UIMessageChunk) => void;
  readonly #open = new Map<string, OpenText>();
  readonly #phases = new Map<string, string | null>();
  readonly #over = new Set<string>();

  constructor(emit: (chunk: UIMessageChunk) => void) {
    this.#emit = emit;
  }

  /** Whether anything has come of a text. */
  knows(itemId: string): boolean {
    return this.#over.has(itemId) || this.#open.has(itemId);
  }

  /** A text will come; it shows when there is something of it. */
  begin(itemId: string, phase: string | null): void {
    this.#phases.set(itemId, phase);
  }

  textDelta(itemId: string, delta: string, phase: string | null): void {
    if (this.#over.has(itemId) || delta === "") return;
    this.#grow(itemId, "text", delta, {
      itemId,
      phase: this.#phases.get(itemId) ?? phase,
    });
  }

  /** A text as it stays. What was streamed of it is not taken back, even if it turns out to be another. */
  complete(itemId: string, text: string, phase: string | null): void {
    if (this.#over.has(itemId)) return;
    const rest = this.#restOf(itemId, text);
    if (rest !== "") this.#grow(itemId, "text", rest, { itemId, phase });
    this.#end(itemId);
    this.#over.add(itemId);
    this.#phases.delete(itemId);
  }

  /** A piece of a thought: of its summary, or of its own words, which have a part of their own. */
  thoughtDelta(
    itemId: string,
    of: "summary" | "content",
    index: number,
    delta: string,
  ): void {
    const id = thoughtId(itemId, of);
    if (this.#over.has(id) || delta === "") return;
    const open = this.#open.get(id);
    const between = open !== undefined && open.index !== index ? "\n\n" : "";
    this.#grow(id, "reasoning", between + delta, { itemId, of });
    this.#open.get(id)!.index = index;
  }

  completeThoughts(
    { id, summary = [], content = [] }: ReasoningThreadItem,
  ): void {
    if (this.#over.has(id)) return;
    for (
      const [of, parts] of [["summary", summary], ["content", content]] as const
    ) {
      const part = thoughtId(id, of);
      if (this.#over.has(part)) continue;
      const whole = parts.filter((text) => text !== "").join("\n\n");
      const rest = this.#restOf(part, whole);
      if (rest !== "") this.#grow(part, "reasoning", rest, { itemId: id, of });
      this.#end(part);
      this.#over.add(part);
    }
  }

  /** A response ends here. What goes on in the next one is a part of its own there, for none is open when it begins. */
  cut(): void {
    for (const open of this.#open.values()) this.#endPart(open);
  }

  /** Nothing more will come. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  #grow(
    id: string,
    kind: OpenText["kind"],
    delta: string,
    about: { [name: string]: string | null },
  ): void {
    let open = this.#open.get(id);
    if (open === undefined) {
      this.#open.set(id, open = { kind, partId: null, parts: 0, index: 0, streamed: new TextDigest() });
    }
    if (open.partId === null) {
      open.partId = ++open.parts === 1 ? id : `${id}:${open.parts}`;
      this.#emit({ type: `${kind}-start`, id: open.partId, providerMetadata: { codex: about } });
    }
    open.streamed.append(delta);
    this.#emit({ type: `${kind}-delta`, id: open.partId, delta });
  }

  /** What of a whole text was not streamed; nothing if something else was. */
  #restOf(id: string, whole: string): string {
    const streamed = this.#open.get(id)?.streamed;
    if (streamed === undefined) return whole;
    return streamed.begins(whole) ? whole.slice(streamed.length) : "";
  }

  #end(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#endPart(open);
  }

  #endPart(open: OpenText): void {
    const { kind, partId } = open;
    open.partId = null;
    if (partId !== null) this.#emit({ type: `${kind}-end`, id: partId });
  }
}

function thoughtId(itemId: string, of: "summary" | "content"): string {
  return `${itemId}/${of}`;
}
