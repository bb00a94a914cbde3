/**
 * What `./ai-sdk` gives is what the AI SDK takes, in both of its versions, and what the servers take. Only compiled.
 *
 * @module
 */
import * as ai6 from "ai6";
import * as ai7 from "ai7";
import { Hono } from "hono";
import { createServer } from "node:http";
import type { Codex, TurnHandle } from "@codex-app-server/sdk";
import {
  type CodexDataParts,
  type CodexMessageMetadata,
  codexModel,
  createChatHandler,
  toNodeListener,
  toUIMessageStream,
  type UIMessageChunk,
} from "@codex-app-server/sdk/ai-sdk";

declare const codex: Codex;
declare const turn: TurnHandle;

// Every chunk is one of theirs, untyped and typed.
export const chunks6 = (chunk: UIMessageChunk): ai6.UIMessageChunk => chunk;
export const chunks7 = (chunk: UIMessageChunk): ai7.UIMessageChunk => chunk;
type Message6 = ai6.UIMessage<CodexMessageMetadata, CodexDataParts>;
type Message7 = ai7.UIMessage<CodexMessageMetadata, CodexDataParts>;
export const typed6 = (chunk: UIMessageChunk): ai6.InferUIMessageChunk<Message6> => chunk;
export const typed7 = (chunk: UIMessageChunk): ai7.InferUIMessageChunk<Message7> => chunk;

export const response6 = () => ai6.createUIMessageStreamResponse({ stream: toUIMessageStream(turn) });
export const response7 = () => ai7.createUIMessageStreamResponse({ stream: toUIMessageStream(turn) });

// The data of a part has its type.
export function agents({ parts, metadata }: Message7): [string, string][] {
  const thread = metadata?.threadId ?? "";
  return parts.flatMap((part) => part.type === "data-agent" ? [[thread, part.data.status]] : []);
}

// The model is one of theirs.
const model = codexModel(codex, { threadParams: { sandbox: "read-only" } });
export const model6: ai6.LanguageModel = model;
export const model7: ai7.LanguageModel = model;
export const text6 = () => ai6.generateText({ model, prompt: "hi" });
export const text7 = () => ai7.streamText({ model, prompt: "hi" });
export const wrapped = ai6.wrapLanguageModel({ model, middleware: [] });

// The handler is one of every server's.
const chat = createChatHandler({ codex, authorize: () => ({ id: "me" }) });
export const node = () => createServer(toNodeListener(chat));
export const hono = new Hono().all("/api/chat", (c) => chat(c.req.raw));
export const web: (request: Request) => Promise<Response> = chat;

// @ts-expect-error -- who may see what has to be said
createChatHandler({ codex });
