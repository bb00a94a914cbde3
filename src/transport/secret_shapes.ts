/**
 * Secrets that are known by their own look, whatever their name: keys of providers, tokens, private keys, passwords in
 * addresses.
 *
 * Every pattern here looks at each character a bounded number of times: what follows a prefix is taken greedily, and
 * nothing has to come behind it. So neither time nor the stack of the engine grows with a secret.
 *
 * @module
 */
import { REDACTED } from "./redacted.ts";

/** How secrets of one shape are found: where one begins, and what the rest of it is made of. */
interface Shape {
  /** Looks no further than some hundred characters. Its first group stays. */
  readonly begins: RegExp;
  readonly goesOn: RegExp;
  /** Whether what was found is one after all. */
  readonly accepts?: (begin: string, value: string) => boolean;
}

const SHAPES: readonly Shape[] = [
  // Behind `-p` of some programs.
  {
    begins: /(\b(?:sshpass|mysql\w{0,10}|mariadb|(?:docker|podman|nerdctl) login)\b[^\n;|&]{0,200}?\s-p\s?)[^\s"']/g,
    goesOn: /[^\s"']/,
  },
  // In `.netrc`.
  { begins: /(\blogin\s{1,20}\S{1,100}\s{1,20}password\s{1,20})\S/g, goesOn: /\S/ },
  // Signed addresses, and those that are secrets themselves.
  { begins: /([?&](?:sig|signature|x-(?:amz|goog)-signature)=)[^&\s"'#]/gi, goesOn: /[^&\s"'#]/ },
  {
    begins: /(\bhooks\.slack\.com\/(?:services|workflows)\/|\bdiscord(?:app)?\.com\/api\/webhooks\/)[^\s"'<>]/gi,
    goesOn: /[^\s"'<>]/,
  },
  // `curl -u NAME:PASSWORD`
  {
    begins: /((?:^|\s|["'])(?:-u|(?:--user|--proxy-user)(?=[\s=]))[\s=]?[^\s:"']{1,200}:)[^\s"']/g,
    goesOn: /[^\s"']/,
  },
  // Outside of a header `bearer` and `basic` may be words as well, and so may what follows them.
  {
    begins: /\b(?:bearer|basic)\s{1,20}(?=[\w.~+/=-]{8})/gi,
    goesOn: /[\w.~+/=-]/,
    accepts: (begin, value) => begin.startsWith("Bearer") || looksRandom(value),
  },
  // Keys of providers: a prefix that nobody else uses, and enough behind it.
  {
    goesOn: /[\w+/=-]/,
    begins: new RegExp(
      "(?<![A-Za-z0-9])(?:" + [
        "(?:sk|rk|pk)-[\\w-]{16}", // OpenAI, Anthropic, OpenRouter, DeepSeek
        "(?:sk|rk|pk)_(?:live|test)_\\w{10}|whsec_[\\w+/=-]{16}", // Stripe
        "gh[opsur]_\\w{20}|github_pat_\\w{20}", // GitHub
        "gl[a-z]{2,8}-[\\w-]{16}", // GitLab
        "xox[a-z](?:\\.xox[a-z])?-[\\w.-]{10}|xapp-[\\w-]{10}", // Slack
        "(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z])", // AWS
        "AIza[\\w-]{30}|ya29\\.[\\w-]{20}|GOCSPX-[\\w-]{20}", // Google
        "npm_\\w{30}|pypi-[\\w-]{16}|rubygems_\\w{30}|cio\\w{32}|dckr_pat_[\\w-]{20}|jsr[pd]_\\w{20}", // registries
        "hf_\\w{20}|r8_\\w{20}|gsk_\\w{20}|xai-\\w{20}|pplx-\\w{20}|fw_\\w{20}|nvapi-[\\w-]{20}", // models
        "SG\\.[\\w.-]{16}|SK[0-9a-f]{32}(?![0-9A-Za-z])|key-[0-9a-f]{32}(?![0-9A-Za-z])", // mail, telephones
        "do[opr]_v1_\\w{20}|dp\\.(?:pt|st|ct|sa|scim|audit)\\.\\w{20}|dapi[0-9a-f]{32}|hv[sbr]\\.[\\w-]{20}", // clouds
        "lin_(?:api|oauth)_\\w{20}|ntn_\\w{20}|secret_\\w{32}|shp(?:at|ca|pa|ss)_\\w{20}|figd_[\\w-]{20}", // products
        "sntry[su]_[\\w+/=-]{20}|phx_\\w{20}|sbp_\\w{20}|ATATT3[\\w=-]{20}|PMAK-[\\w-]{20}|NRAK-\\w{20}",
        "AGE-SECRET-KEY-1[0-9A-Z]{20}|fo1_[\\w-]{20}|EAA[A-Za-z0-9]{60}|(?:bot)?\\d{8,10}:AA[\\w-]{30}",
      ].join("|") + ")",
      "g",
    ),
  },
];

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_END = "-----END ";

/** What may begin any of these, to pass over everything else quickly. */
export const SUSPICIOUS_SHAPE: RegExp =
  /(?:sk|rk|pk)[-_]|whsec|gh[opsur]_|github_pat|gl[a-z]{2,8}-|xox|xapp-|A[KSBC][IC]A|AIza|ya29|GOCSPX|npm_|pypi-|rubygems_|cio|dckr_|jsr[pd]_|hf_|r8_|gsk_|xai-|pplx-|fw_|nvapi-|SG\.|SK[0-9a-f]|key-|do[opr]_v1|dp\.|dapi|hv[sbr]\.|lin_|ntn_|secret_|shp|figd_|sntry|phx_|sbp_|ATATT|PMAK|NRAK|AGE-|fo1_|EAA|:AA|eyJ|bearer|basic|\/\\?\/|-u|-p|login|[?&](?:sig|x-)|-----BEGIN/i;

/** Takes the secrets that are known by their look out of a text. */
export function redactShapes(text: string): string {
  return SHAPES.reduce(takeOut, webTokens(users(privateKeys(text))));
}

/** The rest of a secret is read by hand: an expression keeps a place to return to for each letter that it takes. */
function takeOut(text: string, { begins, goesOn, accepts }: Shape): string {
  let out = "";
  let from = 0;
  begins.lastIndex = 0;
  for (let found = begins.exec(text); found !== null; found = begins.exec(text)) {
    const start = found.index + (found[1]?.length ?? 0);
    if (text.startsWith(REDACTED, start)) continue;
    let end = begins.lastIndex;
    while (end < text.length && (goesOn.test(text[end]!) || (text[end] === "." && /\w/.test(text[end + 1] ?? "")))) {
      end++;
    }
    const [begin] = found;
    if (accepts?.(begin, text.slice(begins.lastIndex, end)) !== false) {
      out += text.slice(from, start) + REDACTED;
      from = end;
    }
    begins.lastIndex = end;
  }
  return out + text.slice(from);
}

/** Words have neither digits nor capitals within, nor are they so long. */
function looksRandom(value: string): boolean {
  return value.length >= 24 || /[\d=+/]|[a-z][A-Z]/.test(value);
}

/** Passwords in addresses: what stands between `://` and the host. `\/` is how some write a slash within JSON. */
function users(text: string): string {
  let out = "";
  let from = 0;
  for (let found = text.indexOf(":"); found !== -1; found = text.indexOf(":", found + 1)) {
    const slashes = /:(?:\/\/|\\\/\\\/)/y;
    slashes.lastIndex = found;
    if (!slashes.test(text)) continue;
    const begin = slashes.lastIndex;
    let host = -1;
    let end = begin;
    for (; end < text.length && !ENDS_HOST.has(text[end]!); end++) if (text[end] === "@") host = end;
    found = end - 1;
    if (host === -1) continue;
    const colon = text.indexOf(":", begin);
    const password = colon !== -1 && colon < host ? colon + 1 : begin;
    // A name alone is no secret, unless it is as long as none.
    if (password === begin && host - begin < 16) continue;
    out += text.slice(from, password) + REDACTED;
    from = host;
  }
  return out + text.slice(from);
}

const ENDS_HOST: ReadonlySet<string> = new Set([...' \t\n\r/?#"<>`\\']);

/** JSON Web Tokens: words of base64 with dots between them, of which the first is an object of JSON. */
function webTokens(text: string): string {
  let out = "";
  let from = 0;
  for (let begin = text.indexOf("eyJ"); begin !== -1; begin = text.indexOf("eyJ", begin + 1)) {
    if (begin > 0 && /[A-Za-z0-9]/.test(text[begin - 1]!)) continue;
    const dot = wordEnd(text, begin, false);
    const end = text[dot] === "." ? wordEnd(text, dot + 1, true) : dot;
    if (dot - begin >= 11 && end - dot > 8) {
      out += text.slice(from, begin) + REDACTED;
      from = end;
    }
    begin = end - 1; // the rest of a word that is none is none either
  }
  return out + text.slice(from);
}

function wordEnd(text: string, from: number, dots: boolean): number {
  let at = from;
  for (; at < text.length; at++) {
    const char = text[at]!;
    if (!(/[\w-]/.test(char) || (dots && char === "."))) break;
  }
  return at;
}

/** From the first line of a private key to its last; one that has no end, as in a text that was cut, to the end. */
function privateKeys(text: string): string {
  if (!text.includes("PRIVATE KEY")) return text;
  let out = "";
  let from = 0;
  PRIVATE_KEY.lastIndex = 0;
  for (let begin = PRIVATE_KEY.exec(text); begin !== null; begin = PRIVATE_KEY.exec(text)) {
    out += text.slice(from, PRIVATE_KEY.lastIndex) + REDACTED;
    from = text.indexOf(KEY_END, PRIVATE_KEY.lastIndex);
    if (from === -1) return out;
    PRIVATE_KEY.lastIndex = from;
  }
  return out + text.slice(from);
}
