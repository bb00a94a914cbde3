import type { UserInput as NativeInput } from "../../gen/mod.ts";
import { absolutePath } from "../runtime/workspace.ts";
import type { Input } from "./options.ts";

/**
 * The input as `codex exec` gives it to the model: pictures first, then all texts as one.
 *
 * @throws {Error} If there is no text in it.
 */
export function toNativeInput(input: Input): NativeInput[] {
  const parts = typeof input === "string" ? [{ type: "text" as const, text: input }] : input;
  const texts = parts.filter((part) => part.type === "text").map(({ text }) => text);
  const text = texts.join("\n\n").replace(/^\uFEFF/, "");
  if (text.trim() === "") {
    throw new Error("A run was asked for with a prompt that is empty or blank. Give it a text, also beside pictures");
  }
  const paths = parts.filter((part) => part.type === "local_image").map(({ path }) => path);
  return [
    ...paths.map((path): NativeInput => ({ type: "localImage", path: absolutePath(path) })),
    { type: "text", text },
  ];
}

/**
 * The schema as it is sent.
 *
 * @throws {Error} If it is not a plain object.
 */
export function toSchema(schema: unknown): Record<string, unknown> | undefined {
  if (schema === undefined) return undefined;
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    const found = schema === null ? "null" : Array.isArray(schema) ? "a list" : `of type ${typeof schema}`;
    throw new Error(`outputSchema must be a plain JSON object, and is ${found}`);
  }
  return JSON.parse(JSON.stringify(schema));
}
