import type { UserInput } from "../../../gen/mod.ts";
import { protocol } from "../../message/protocol.ts";
import { validate } from "../../message/validate.ts";

/** What a turn can be given to read: a text, one input item, or a list of both. */
export type Input = string | UserInput | readonly (string | UserInput)[];

const ACCEPTED = "Accepted are a string, an input item (textInput, imageInput, localImageInput, skillInput, " +
  "mentionInput, or a raw UserInput object), or a list of these";

/**
 * The wire's form of an input.
 *
 * @throws {TypeError} If something in it is not an input; names its index.
 */
export function toUserInput(input: Input): UserInput[] {
  if (typeof input === "string") return [textInput(input)];
  if (!Array.isArray(input)) return [checked(input as UserInput, "The input")];
  return input.map((item: string | UserInput, index) =>
    typeof item === "string" ? textInput(item) : checked(item, `Input item ${index}`)
  );
}

/** A text. */
export function textInput(text: string): UserInput {
  return { type: "text", text };
}

/** An image by its URL; a `data:` URL carries the image itself. */
export function imageInput(url: string): UserInput {
  return { type: "image", url };
}

/** An image file on the server's machine. */
export function localImageInput(path: string): UserInput {
  return { type: "localImage", path };
}

/** A skill, by its name and the path of its `SKILL.md`. */
export function skillInput(name: string, path: string): UserInput {
  return { type: "skill", name, path };
}

/** A mention of an app or plugin, by its name and path (`app://...`, `plugin://...`). */
export function mentionInput(name: string, path: string): UserInput {
  return { type: "mention", name, path };
}

function checked(item: UserInput, what: string): UserInput {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    throw new TypeError(`${what} is ${describe(item)}. ${ACCEPTED}`);
  }
  const [issue] = validate(protocol().UserInputSchema, item, "strict");
  if (issue === undefined) return item;
  throw new TypeError(`${what} is not a valid input item: ${issue.path}: ${issue.message}. ${ACCEPTED}`);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}
