import { imageInput, type Input, textInput } from "../../mod.ts";
import { Refusal } from "./refusal.ts";

/** What a path and a method ask for. */
export type Route =
  | { readonly op: "send" }
  | { readonly op: "resume" | "stop"; readonly chatId: string };

/** One part of a message as a page sends it: nothing of it is to be trusted. */
export type SentPart = { readonly [name: string]: unknown };

/** A request of `useChat`. */
export interface ChatRequest {
  readonly chatId: string;
  /** The message that the response goes on with, or answers. */
  readonly message: {
    readonly id: string | null;
    readonly role: "user" | "assistant";
    readonly parts: readonly SentPart[];
  };
  /** The thread that the messages name. */
  readonly threadId: string | null;
  /** Everything that came. */
  readonly body: { readonly [name: string]: unknown };
}

/** Ids of chats and threads are no longer than that. */
const ID_MAX = 200;

/** What a request asks for: `POST`, `GET …/ID/stream`, `POST …/ID/stop`. */
export function routeOf(request: Request): Route {
  const [id, last] = new URL(request.url).pathname.split("/").slice(-2);
  const { method } = request;
  if (last === "stream" || last === "stop") {
    const wanted = last === "stream" ? "GET" : "POST";
    if (method !== wanted) throw methodRefused(method, wanted);
    return {
      op: last === "stream" ? "resume" : "stop",
      chatId: idOf(decoded(id!), "The id of the chat"),
    };
  }
  if (method !== "POST") throw methodRefused(method, "POST");
  return { op: "send" };
}

function methodRefused(method: string, wanted: string): Refusal {
  const message = `This address takes ${wanted}, and not ${method.slice(0, 20)}.`;
  return new Refusal(405, "method-not-allowed", message, { allow: wanted });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad("The id of the chat in the address is not well encoded.");
  }
}

/** Reads the body of a request: JSON, and not too much of it. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  // What a form of another site can send is none of these.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(
      415,
      "unsupported-media-type",
      "The body has to be of the type application/json.",
    );
  }
  const tooLarge = () =>
    new Refusal(
      413,
      "body-too-large",
      `The body is larger than ${maxBytes} bytes. Send the last message alone.`,
    );
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) {
    throw tooLarge();
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  const reader = request.body?.getReader();
  try {
    for (
      let chunk = await reader?.read();
      chunk?.done === false;
      chunk = await reader?.read()
    ) {
      bytes += chunk.value.byteLength;
      if (bytes > maxBytes) throw tooLarge();
      text += decoder.decode(chunk.value, { stream: true });
    }
    text += decoder.decode();
    return JSON.parse(text);
  } catch (error) {
    reader?.cancel().catch(() => {});
    if (error instanceof Refusal) throw error;
    throw bad("The body is not JSON.");
  }
}

/** Takes a body for a request of `useChat`. */
export function chatRequest(body: unknown): ChatRequest {
  if (!isObject(body)) throw bad("The body has to be an object.");
  const { messages, messageId } = body;
  const chatId = idOf(body["id"], "`id`");
  if (!Array.isArray(messages) || messages.length === 0) {
    throw bad("`messages` has to be a list with a message in it.");
  }
  // An answer may be to an earlier message than the last.
  const named = typeof messageId === "string" ? messages.findLast((each) => Object(each).id === messageId) : undefined;
  const message: unknown = Object(named).role === "assistant" ? named : messages.at(-1);
  if (!isObject(message)) throw bad("The last message has to be an object.");
  const { id, role, parts } = message;
  if (role !== "user" && role !== "assistant") {
    throw bad("The last message has to be of the role user or assistant.");
  }
  if (!Array.isArray(parts) || !parts.every(isObject)) {
    throw bad("`parts` of the last message has to be a list of objects.");
  }
  const threadIds = messages.map((each) => Object(Object(each).metadata).threadId);
  const threadId: unknown = threadIds.findLast((each) => each !== undefined);
  return {
    chatId,
    message: {
      id: typeof id === "string" && id.length <= ID_MAX ? id : null,
      role,
      parts,
    },
    threadId: threadId === undefined ? null : idOf(threadId, "`metadata.threadId`"),
    body,
  };
}

/** What the user says: texts and images. */
export function inputOf(parts: readonly SentPart[]): Input {
  const input = parts.flatMap((part) => {
    switch (part["type"]) {
      case "text": {
        if (typeof part["text"] !== "string") {
          throw bad("The text of a part has to be a string.");
        }
        return part["text"] === "" ? [] : [textInput(part["text"])];
      }
      case "file":
        return [image(part)];
      default:
        return [];
    }
  });
  if (input.length === 0) throw bad("The message is empty.");
  return input;
}

function image({ mediaType, url }: SentPart): ReturnType<typeof imageInput> {
  if (
    typeof mediaType !== "string" || !mediaType.startsWith("image/") ||
    typeof url !== "string"
  ) {
    throw bad("Of files, images alone can be sent.");
  }
  try {
    return imageInput(url);
  } catch {
    throw bad(
      "An image has to be sent as a data URL, such as useChat makes of a file.",
    );
  }
}

/** What the page answers to questions, by the questions' ids; with the calls of the tools that they are about. */
export interface SentAnswer {
  readonly question: string;
  readonly toolCallId: string;
  readonly approved: boolean;
  readonly reason: string | null;
  readonly output: unknown;
}

/** The answers in a message of the assistant. */
export function answersIn(parts: readonly SentPart[]): SentAnswer[] {
  return parts.flatMap((part): SentAnswer[] => {
    const { toolCallId, state, approval, providerExecuted, output, errorText } = part;
    if (typeof toolCallId !== "string") return [];
    const { id, approved, reason } = Object(approval);
    if (
      state === "approval-responded" && typeof id === "string" &&
      typeof approved === "boolean"
    ) {
      return [{
        question: id,
        toolCallId,
        approved,
        reason: textOrNull(reason),
        output: null,
      }];
    }
    if (
      providerExecuted === true ||
      state !== "output-available" && state !== "output-error"
    ) return [];
    const approves = state === "output-available";
    return [{
      question: toolCallId,
      toolCallId,
      approved: approves,
      reason: textOrNull(errorText),
      output,
    }];
  });
}

/** Every question that the page has seen. */
export function questionsIn(parts: readonly SentPart[]): string[] {
  return parts.flatMap(({ toolCallId, approval }) =>
    [toolCallId, Object(approval).id].filter((id) => typeof id === "string")
  );
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function idOf(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "" && value.length <= ID_MAX) {
    return value;
  }
  throw bad(`${what} has to be a string of 1 to ${ID_MAX} characters.`);
}

function isObject(
  value: unknown,
): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(message: string): Refusal {
  return new Refusal(400, "bad-request", message);
}
