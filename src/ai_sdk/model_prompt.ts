import type { DynamicToolCallResponse } from "../../gen/mod.ts";
import { imageInput, textInput } from "../../mod.ts";
import type { LanguageModelCall, PromptMessage, PromptPart, ToolOutput } from "./language_model_v3.ts";

/** A prompt, as a thread sees it. */
export interface ReadPrompt {
  readonly system: string | undefined;
  /** What was said before the last answer, and that answer. */
  readonly history: readonly PromptMessage[];
  /** Which turn the last answer is of, if it says so. */
  readonly origin: { readonly threadId: string; readonly turnId: string } | null;
  /** What tools gave since then, by the ids of their calls. */
  readonly results: ReadonlyMap<string, { readonly toolName: string; readonly output: ToolOutput }>;
  /** What was said since then. */
  readonly news: readonly PromptPart[];
}

/** Reads a prompt: everything behind the last message of the assistant is new. */
export function readPrompt({ prompt }: LanguageModelCall): ReadPrompt {
  const system = prompt.flatMap((message) => message.role === "system" ? [message.content] : []).join("\n\n");
  const messages = prompt.filter(({ role }) => role !== "system");
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const news = messages.slice(last + 1).flatMap(({ content }) => typeof content === "string" ? [] : content);
  return {
    system: system === "" ? undefined : system,
    history: messages.slice(0, last + 1),
    origin: last < 0 ? null : originOf(messages[last]!),
    results: new Map(news.flatMap((part) => part.type === "tool-result" ? [[part.toolCallId, part]] : [])),
    news: news.filter(({ type }) => type === "text" || type === "file"),
  };
}

/** The AI SDK keeps what a part came with. */
function originOf({ content }: PromptMessage): ReadPrompt["origin"] {
  if (typeof content === "string") return null;
  for (const part of content.toReversed()) {
    const { threadId, turnId } = ("providerOptions" in part ? part.providerOptions?.["codex"] : undefined) ?? {};
    if (typeof threadId === "string" && typeof turnId === "string") return { threadId, turnId };
  }
  return null;
}

/**
 * What a turn is given.
 *
 * @throws {TypeError} If a file is no image.
 */
export function inputsOf({ news, results, history }: ReadPrompt, whole: boolean): ReturnType<typeof textInput>[] {
  const told = whole && history.length > 0 ? [textInput(transcript(history))] : [];
  const given = [...results.values()].map(({ toolName, output }) =>
    textInput(`The tool ${toolName} gave:\n${textOf(output)}`)
  );
  const said = news.map((part) => part.type === "file" ? image(part) : textInput("text" in part ? part.text : ""));
  return [...told, ...given, ...said];
}

function image({ data, mediaType }: Extract<PromptPart, { type: "file" }>): ReturnType<typeof imageInput> {
  if (!mediaType.startsWith("image/")) {
    throw new TypeError(`codexModel: of files, images alone can be sent, found ${mediaType}`);
  }
  if (data instanceof URL || typeof data === "string" && data.startsWith("data:")) return imageInput(String(data));
  // A media type of the AI SDK may be no more than `image/*`.
  const base64 = typeof data === "string" ? data : encoded(data);
  return imageInput(`data:${mediaType === "image/*" ? "image/png" : mediaType};base64,${base64}`);
}

function encoded(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

/** A conversation that no thread knows. */
function transcript(history: readonly PromptMessage[]): string {
  const lines = history.map(({ role, content }) => {
    const parts = typeof content === "string" ? [content] : content.flatMap((part) => {
      switch (part.type) {
        case "text":
          return [part.text];
        case "tool-call":
          return [`(called the tool ${part.toolName} with ${JSON.stringify(part.input)})`];
        case "tool-result":
          return [`(the tool ${part.toolName} gave ${textOf(part.output)})`];
        case "file":
          return [`(a file, ${part.mediaType})`];
        default:
          return [];
      }
    });
    return `${role}: ${parts.join("\n")}`;
  });
  return `The conversation so far, for you to go on with:\n\n${lines.join("\n\n")}`;
}

/** The answer to a call of a tool. */
export function toolResponse(output: ToolOutput): DynamicToolCallResponse {
  const success = output.type !== "error-text" && output.type !== "error-json" && output.type !== "execution-denied";
  if (output.type !== "content") return { success, contentItems: [{ type: "inputText", text: textOf(output) }] };
  return {
    success,
    contentItems: output.value.map(({ type, text, data, mediaType }) => {
      if (mediaType?.startsWith("image/") && typeof data === "string") {
        return { type: "inputImage", imageUrl: `data:${mediaType};base64,${data}` };
      }
      return { type: "inputText", text: text ?? `(${mediaType ?? type})` };
    }),
  };
}

function textOf(output: ToolOutput): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "json":
    case "error-json":
      return JSON.stringify(output.value ?? null);
    case "execution-denied":
      return `It was refused${output.reason === undefined ? "" : `: ${output.reason}`}`;
    case "content":
      return output.value.map(({ type, text }) => text ?? `(${type})`).join("\n");
  }
}
