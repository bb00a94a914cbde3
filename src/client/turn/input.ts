import type { TurnStartParams, UserInput } from "../../../gen/mod.ts";
import { protocol } from "../../message/protocol.ts";
import { validate } from "../../message/validate.ts";
import { imageUrlProblem, isRemoteUrl } from "../../util/image_url.ts";

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

/**
 * An image, in a `data:` URL: a PNG, JPEG, GIF or WebP in base64. The server takes no addresses of the network: fetch the
 * image and pass what you got. For a file on the server's machine there is {@linkcode localImageInput}.
 *
 * @throws {TypeError} If it is anything else: the model's API would refuse it, and every later turn of the thread with it.
 * @example
 * ```ts
 * import { imageInput } from "@codex-app-server/sdk";
 *
 * export function png(bytes: Uint8Array) {
 *   return imageInput(`data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`);
 * }
 * ```
 */
export function imageInput(url: string): UserInput {
  const problem = imageUrlProblem(url);
  if (problem !== undefined) throw new TypeError(`imageInput: the URL ${problem}. ${ELSEWHERE}`);
  return { type: "image", url };
}

/**
 * An image file on the server's machine, by its path; one that is not absolute is looked for from the server's working
 * directory. If there is no such file, the turn goes on and the model is told so.
 *
 * @throws {TypeError} If it is no path but a URL, or empty.
 */
export function localImageInput(path: string): UserInput {
  const problem = pathProblem(path);
  if (problem !== undefined) throw new TypeError(`localImageInput: ${problem}`);
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
  if (issue === undefined) {
    const problem = spoils(item);
    if (problem === undefined) return item;
    throw new TypeError(`${what} cannot be used: ${problem}`);
  }
  throw new TypeError(`${what} is not a valid input item: ${issue.path}: ${issue.message}. ${ACCEPTED}`);
}

/** @throws {TypeError} If the model's API would refuse it in the middle of the turn, or not know whom it is from. */
export function checkToolOutput(given: TurnStartParams["toolOutput"]): void {
  const { name, namespace, output } = given ?? {};
  for (const [what, value] of Object.entries({ name, namespace })) {
    if (typeof value === "string" && value.trim() === "") {
      throw new TypeError(`toolOutput.${what} must not be blank: it says whom the message is from`);
    }
  }
  for (const part of Array.isArray(output) ? output : []) {
    if (part?.type !== "input_image" || part.image_url === undefined) continue;
    const problem = imageUrlProblem(part.image_url);
    if (problem !== undefined) throw new TypeError(`toolOutput: the image_url ${problem}`);
  }
}

const ELSEWHERE = "A file on the server's machine is localImageInput(path)";

/** What in an item the server would hand on although nobody can use it. What it refuses by itself is left to it. */
function spoils(item: UserInput): string | undefined {
  if (item.type === "localImage") return pathProblem(item.path);
  if (item.type !== "image" || item.url === undefined || isRemoteUrl(item.url)) return undefined;
  const problem = imageUrlProblem(item.url);
  return problem === undefined ? undefined : `the URL of an image ${problem}. ${ELSEWHERE}`;
}

function pathProblem(path: string): string | undefined {
  if (typeof path !== "string") return `the path must be a string, found ${describe(path)}`;
  if (path.trim() === "") return "the path must not be empty";
  if (!/^([a-z][a-z0-9+.-]+:\/\/|data:)/i.test(path)) return undefined;
  return "the path must be that of a file, found a URL. Of a file: URL take fileURLToPath(url), of a data: URL imageInput(url)";
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}
