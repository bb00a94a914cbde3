import { redactAny } from "./redact_json.ts";
import { SECRET_WORD } from "./secret_names.ts";
import { SUSPICIOUS_SHAPE } from "./secret_shapes.ts";

/** Home folders, which carry a person's name. The Windows separators may be doubled, as they are within JSON. */
const HOME_FOLDER =
  /[A-Za-z]:\\{1,64}Users\\{1,64}[^\\/"\s]{1,255}|\/(?:home|Users)\/(?:[^\\/"\s:]|\\{1,64} ){1,255}|(?<![\w/.-])\/root(?![\w-])/g;

/** The same where a quote tells how far it goes: a name of up to four words, `"/home/some one/project"`. */
const QUOTED_HOME_FOLDER =
  /(["'`])(?:[A-Za-z]:\\{1,64}Users\\{1,64}|\/(?:home|Users)\/)[^\\/"\s:]{1,100}(?: [^\\/"\s:]{1,100}){1,3}(?=[\\/]|\1)/g;

/**
 * Takes secrets and names of home folders out of a text: a line of JSON, or whatever else.
 *
 * What is taken out, `[redacted]` standing in its place:
 * - values by their name: members such as `apiKey`, `accessToken`, `AWS_SECRET_ACCESS_KEY` (lists and objects of that name
 *   whole), `name` and `value` beside each other, assignments, headers, flags, YAML, TOML. A name may stand in JSON that
 *   is escaped within JSON, to any depth;
 * - secrets by their shape: private keys, JSON Web Tokens, `Bearer` tokens, passwords in URLs, keys of providers.
 *
 * `/home/NAME` becomes `~`. Everything else stays as it was, to the byte. It takes time in proportion to the length, and
 * what it has redacted it leaves alone. It knows secrets by their names and shapes: one that looks like any other word,
 * or is spread over several deltas, passes. A home folder with blanks in its name is known by the quotes around its path;
 * elsewhere what follows the blank stays.
 *
 * @example
 * ```ts
 * import { redact } from "@codex-app-server/sdk";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(redact('{"apiKey":"sk-1234","cwd":"/home/ada/x"}'), '{"apiKey":"[redacted]","cwd":"~/x"}');
 * assertEquals(redact("curl -H 'Authorization: Bearer abc' $URL"), "curl -H 'Authorization: Bearer [redacted]' $URL");
 * ```
 */
export function redact(text: string): string {
  return redactSecrets(text).replace(QUOTED_HOME_FOLDER, "$1~").replace(HOME_FOLDER, "~");
}

/** The same for secrets alone. */
export function redactSecrets(text: string): string {
  // Escapes of letters, which JSON allows and nobody needs, could hide a name.
  if (!SECRET_WORD.test(text) && !SUSPICIOUS_SHAPE.test(text) && !text.includes("\\u00")) return text;
  return redactAny(text);
}
