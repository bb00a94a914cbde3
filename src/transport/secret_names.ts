/**
 * Which names have secrets as their values: `accessToken` and `AWS_SECRET_ACCESS_KEY`, but not `tokenUsage`.
 *
 * @module
 */

/** What a secret's name has in it, in whatever spelling. */
export const SECRET_WORD: RegExp =
  /(?:api|access|private|secret|signing|encryption|master|account|shared|session|auth)[ _-]?keys?|tokens?|secrets?|passw(?:or)?ds?|passphrases?|pass|pwd|authorization|_?auth\b|cookies?|credentials?|jwt/i;

/** Words that are secrets by themselves. */
const SECRET = new Set([
  "apikey",
  "apikeys",
  "authorization",
  "cookie",
  "cookies",
  "credential",
  "credentials",
  "jwt",
  "passphrase",
  "passphrases",
  "passwd",
  "password",
  "passwords",
  "pwd",
  "secret",
  "secrets",
]);

/** `key` is a secret behind one of these. */
const OF_A_KEY = /^(?:api|access|private|secret|signing|encryption|master|account|shared|session|auth)$/;

/** A name that ends so says something about the secret, and is none: `tokenUrl`, `password_file`, `secretId`. */
const ABOUT =
  /^(?:at|count|counts|enabled|endpoint|env|expires|expiry|file|files|format|helper|id|ids|kind|length|limit|limits|manager|method|mode|name|names|path|policy|provider|required|size|status|store|type|types|uri|url|usage|used|var|variable|version)$/;

/** Beside one of these, `tokens` are what a model reads and writes. */
const COUNTED =
  /^(?:budget|cached|compact|completion|context|count|estimated|input|limit|max|maximum|min|output|per|prompt|reasoning|remaining|total|usage|used|window)$/;

/** How a value is a secret: `always`; or unless it is a number, for `tokens: 500` counts them. */
export type Secrecy = "always" | "text" | null;

const known = new Map<string, Secrecy>();
const KNOWN_MAX = 2000;

/** Whether what has this name is a secret. */
export function secrecyOf(name: string): Secrecy {
  if (name.length > 200 || !SECRET_WORD.test(name)) return null;
  let secrecy = known.get(name);
  if (secrecy === undefined) {
    secrecy = judge(wordsOf(name));
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(name, secrecy);
  }
  return secrecy;
}

/** `AWS_SECRET_ACCESS_KEY`, `secretAccessKey` and `x-api-key` in words. */
function wordsOf(name: string): string[] {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z])([A-Z][a-z])/g, "$1 $2").toLowerCase()
    .split(/[^a-z]+/).filter((word) => word !== "");
}

function judge(words: readonly string[]): Secrecy {
  const last = words.at(-1) ?? "";
  // `password` and `password_file` differ in their last word, `token` and `id` in their order.
  if (words.length > 1 && ABOUT.test(last)) return null;
  if (words.some((word, at) => SECRET.has(word) || isKey(word, words[at - 1]))) return "always";
  if (words.some((word) => word === "token" || word === "tokens" || /[a-z]tokens?$/.test(word))) {
    return words.some((word) => COUNTED.test(word)) ? null : "text";
  }
  if (words.some((word) => SECRET_ENDING.test(word))) return "always";
  return (last === "auth" && words.length <= 2) || last === "pass" ? "text" : null;
}

function isKey(word: string, before: string | undefined): boolean {
  return (word === "key" || word === "keys") && before !== undefined && OF_A_KEY.test(before);
}

/** Names without any separator: `dbpassword`, `clientsecret`, `secretaccesskey`. */
const SECRET_ENDING = /[a-z](?:password|passwd|secret|apikey|accesskey|privatekey|secretkey)s?$/;
