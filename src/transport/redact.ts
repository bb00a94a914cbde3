/** What stands where a secret was. */
export const REDACTED = "[redacted]";

/**
 * Names whose values are secrets: `accessToken`, but not `tokenUsage`. What may stand in front has a limit: without
 * one, a long text of dashes would be searched anew from each of them.
 */
const SECRET_NAME =
  "[\\w-]{0,40}(?:api[_-]?key|token|secret|password|passphrase|authorization|cookie|credential|private[_-]?key)s?";

/** `"apiKey": "..."`, also inside a string, where its quotes are escaped. */
const SECRET_MEMBER = new RegExp(`("${SECRET_NAME}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, "gi");
const ESCAPED_SECRET_MEMBER = new RegExp(`(\\\\"${SECRET_NAME}\\\\"\\s*:\\s*\\\\")[^"\\\\]*`, "gi");

/** `OPENAI_API_KEY=...`, `--token=...`, `Authorization: Basic ...` in a text. */
const SECRET_ASSIGNMENT =
  /\b([\w-]{0,40}(?:api[_-]?key|token|secret|password|authorization)(?:=|:\s?(?:basic|bearer|token)\s))(?!\[redacted\])[^\s"'\\,;&]+/gi;

/** Secrets that are known by their own look: bearer values, provider keys, JSON Web Tokens. */
const SECRET_VALUE =
  /\bBearer\s+[\w.~+/=-]+|\b(?:sk|rk|pk)-[\w-]{16,}|\bgh[opsur]_\w{20,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{8,2000}\.[\w-]{8,8000}\.[\w-]*/g;

/** Home folders, which carry a person's name. The Windows separators may be doubled, as they are within JSON. */
const HOME_FOLDER =
  /[A-Za-z]:\\+Users\\+[^\\/"\s]+|\/(?:home|Users)\/(?:[^\\/"\s:]|\\+ )+|(?<![\w/.-])\/root(?![\w-])/g;

/** The same where a quote tells how far it goes: a name of up to four words, `"/home/some one/project"`. */
const QUOTED_HOME_FOLDER =
  /(["'`])(?:[A-Za-z]:\\+Users\\+|\/(?:home|Users)\/)[^\\/"\s:]+(?: [^\\/"\s:]+){1,3}(?=[\\/]|\1)/g;

/**
 * Takes secrets and names of home folders out of a line: values of members such as `apiKey` and `accessToken`, bearer
 * tokens, provider keys, JSON Web Tokens, assignments such as `OPENAI_API_KEY=...`; `/home/NAME` becomes `~`.
 *
 * It works on the text, so what is not JSON is covered as well, and everything else stays as it was sent. It knows
 * secrets by their names and shapes: one that looks like any other word, or is spread over several deltas, passes. A
 * home folder with blanks in its name is known by the quotes around its path; elsewhere what follows the blank stays.
 */
export function redact(line: string): string {
  return line
    .replace(SECRET_MEMBER, `$1${REDACTED}`)
    .replace(ESCAPED_SECRET_MEMBER, `$1${REDACTED}`)
    .replace(SECRET_ASSIGNMENT, `$1${REDACTED}`)
    .replace(SECRET_VALUE, REDACTED)
    .replace(QUOTED_HOME_FOLDER, "$1~")
    .replace(HOME_FOLDER, "~");
}
