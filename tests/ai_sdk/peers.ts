/**
 * The AI SDK itself, in both of its versions, and Hono: packages of these tests alone, made ready by scripts/ai_sdk.ts.
 *
 * @module
 */
import type { CodexMessageMetadata, UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";

/** A part of a message, as the AI SDK makes it of chunks. */
export interface UIPart {
  readonly type: string;
  readonly id?: string;
  readonly text?: string;
  readonly state?: string;
  readonly toolName?: string;
  readonly toolCallId?: string;
  readonly title?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly preliminary?: boolean;
  readonly errorText?: string;
  readonly data?: unknown;
  readonly url?: string;
  readonly mediaType?: string;
  readonly providerMetadata?: Readonly<
    Record<string, Readonly<Record<string, unknown>>>
  >;
  readonly approval?: {
    readonly id: string;
    readonly approved?: boolean;
    readonly descriptor?: unknown;
  };
}

/** A message, as the AI SDK has it. */
export interface UIMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly metadata?: CodexMessageMetadata;
  readonly parts: readonly UIPart[];
}

/** What `useChat` is made of, for any way of drawing. */
export interface Chat {
  readonly messages: readonly UIMessage[];
  readonly status: "submitted" | "streaming" | "ready" | "error";
  readonly error: Error | undefined;
  sendMessage(
    message: { readonly text: string } | {
      readonly parts: readonly UIPart[];
      readonly role: "user";
    },
  ): Promise<void>;
  addToolApprovalResponse(
    answer: {
      readonly id: string;
      readonly approved: boolean;
      readonly reason?: string;
    },
  ): Promise<void>;
  addToolOutput(
    given: {
      readonly tool: string;
      readonly toolCallId: string;
      readonly output: unknown;
    },
  ): Promise<void>;
  resumeStream(): Promise<void>;
  regenerate(): Promise<void>;
  stop(): Promise<void>;
}

interface ChatInit {
  readonly id: string;
  readonly state: unknown;
  readonly transport: unknown;
  readonly sendAutomaticallyWhen?: unknown;
}

/** What these tests use of `ai`. */
export interface AiSdk {
  readonly uiMessageChunkSchema: () => {
    validate(
      chunk: unknown,
    ): PromiseLike<{ readonly success: boolean; readonly error?: unknown }>;
  };
  readonly readUIMessageStream: (options: {
    readonly stream: ReadableStream<UIMessageChunk>;
    readonly terminateOnError: boolean;
    readonly onError?: (error: unknown) => void;
  }) => AsyncIterable<UIMessage>;
  readonly safeValidateUIMessages: (
    options: { readonly messages: readonly UIMessage[] },
  ) => Promise<
    { readonly success: boolean; readonly error?: unknown }
  >;
  readonly AbstractChat: new (init: ChatInit) => Chat;
  readonly DefaultChatTransport: new (options: {
    readonly api: string;
    readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  }) => unknown;
  readonly lastAssistantMessageIsCompleteWithApprovalResponses: (
    given: { messages: readonly UIMessage[] },
  ) => boolean;
  readonly lastAssistantMessageIsCompleteWithToolCalls: (
    given: { messages: readonly UIMessage[] },
  ) => boolean;
}

/** The versions of the AI SDK that are served. */
export const VERSIONS = [6, 7] as const;

/** One of them. */
export type Version = typeof VERSIONS[number];

/** The AI SDK of a version. */
export function aiSdk(version: Version): Promise<AiSdk> {
  return peer(`ai${version}`) as Promise<AiSdk>;
}

/** A package of these tests. */
export async function peer(name: string): Promise<unknown> {
  try {
    return await import(
      new URL(`./node_modules/.bundles/${name}.mjs`, import.meta.url).href
    );
  } catch (cause) {
    throw new Error(
      `${name} is not there; run: deno run -A scripts/ai_sdk.ts`,
      { cause },
    );
  }
}

/** A page: `useChat` without React, whose requests go straight to a handler. */
export async function openChat(
  version: Version,
  send: (request: Request, signal: AbortSignal) => Promise<Response>,
  { id = "chat-1", messages = [], automatic = "approvals", headers = {}, origin = ORIGIN }: {
    readonly id?: string;
    readonly messages?: readonly UIMessage[];
    readonly automatic?: "approvals" | "tools" | "never";
    readonly headers?: Readonly<Record<string, string>>;
    readonly origin?: string;
  } = {},
): Promise<Chat> {
  const ai = await aiSdk(version);
  const state = new PageState([...messages]);
  const transport = new ai.DefaultChatTransport({
    api: `${origin}/api/chat`,
    fetch: (input, init) => {
      const all = { ...Object.fromEntries(new Headers(init.headers)), origin, ...headers };
      const { signal, ...rest } = init;
      return send(new Request(input, { ...rest, headers: all }), signal!);
    },
  });
  const sendAutomaticallyWhen = {
    approvals: ai.lastAssistantMessageIsCompleteWithApprovalResponses,
    tools: ai.lastAssistantMessageIsCompleteWithToolCalls,
    never: () => false,
  }[automatic];
  const chat = new ai.AbstractChat({ id, state, transport, sendAutomaticallyWhen });
  STATES.set(chat, state);
  return chat;
}

const STATES = new WeakMap<Chat, PageState>();

/** Resolves when something holds of a page. */
export function until(chat: Chat, holds: (chat: Chat) => boolean): Promise<void> {
  const { listeners } = STATES.get(chat)!;
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(chat)) return;
      listeners.delete(look);
      resolve();
    };
    listeners.add(look);
    look();
  });
}

/** What React keeps for `useChat`. */
class PageState {
  readonly listeners = new Set<() => void>();
  error: Error | undefined = undefined;
  #status = "ready";
  #messages: readonly UIMessage[];

  constructor(messages: readonly UIMessage[]) {
    this.#messages = messages;
  }

  get status(): string {
    return this.#status;
  }

  set status(status: string) {
    this.#status = status;
    this.#tell();
  }

  get messages(): readonly UIMessage[] {
    return this.#messages;
  }

  set messages(messages: readonly UIMessage[]) {
    this.#messages = messages;
    this.#tell();
  }

  readonly pushMessage = (message: UIMessage): void => void (this.messages = [...this.messages, message]);
  readonly popMessage = (): void => void (this.messages = this.messages.slice(0, -1));
  readonly replaceMessage = (at: number, message: UIMessage): void => {
    this.messages = this.messages.map((each, index) => index === at ? structuredClone(message) : each);
  };
  readonly snapshot = <T>(value: T): T => structuredClone(value);

  #tell(): void {
    queueMicrotask(() => this.listeners.forEach((listener) => listener()));
  }
}

/** Where the pages are. */
export const ORIGIN = "http://app.example";

/** Whether the chunks are what the AI SDK takes; and the message that it makes of them. */
export async function readWith(
  version: Version,
  chunks: readonly UIMessageChunk[],
): Promise<UIMessage> {
  const ai = await aiSdk(version);
  const schema = ai.uiMessageChunkSchema();
  for (const chunk of chunks) {
    const { success, error } = await schema.validate(chunk);
    if (!success) {
      throw new Error(
        `ai ${version} does not take ${JSON.stringify(chunk)}: ${error}`,
      );
    }
  }
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) {
        if (chunk.type !== "error") controller.enqueue(chunk);
      }
      controller.close();
    },
  });
  let last: UIMessage | undefined;
  for await (
    const message of ai.readUIMessageStream({ stream, terminateOnError: true })
  ) last = message;
  if (last === undefined) throw new Error("there was no message");
  return last;
}
