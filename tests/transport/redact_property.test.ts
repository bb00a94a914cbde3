import { redact } from "@codex-app-server/sdk";
import { type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";

const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function word(random: Random, length: number): string {
  return Array.from({ length }, () => ALPHABET[random.below(ALPHABET.length)]).join("");
}

/** A secret in two halves, whose middle and ends are of the characters that its place allows. */
interface Secret {
  readonly text: string;
  readonly halves: readonly string[];
}

function secret(random: Random, odd: string): Secret {
  const halves = [word(random, 14), word(random, 14)];
  const strange = () => Array.from({ length: random.below(4) }, () => odd[random.below(odd.length)] ?? "").join("");
  return { text: strange() + halves.join(strange()) + strange(), halves };
}

const NAMES = [
  "apiKey",
  "api_key",
  "API-KEY",
  "OPENAI_API_KEY",
  "AWS_SECRET_ACCESS_KEY",
  "secretAccessKey",
  "accessToken",
  "access_token",
  "refreshToken",
  "token",
  "GITHUB_TOKEN",
  "TOKEN_FOR_CI",
  "password",
  "PGPASSWORD",
  "dbPassword",
  "DB_PASS",
  "passphrase",
  "clientSecret",
  "client_secret_value",
  "privateKey",
  "credentials",
  "cookie",
  "sessionToken",
  "X-Api-Key",
  "Private-Token",
  "MYSQL_PWD",
  "experimental_bearer_token",
  "jwt",
  "signingKey",
];
const HEADERS = [
  "Authorization",
  "authorization",
  "Proxy-Authorization",
  "Cookie",
  "Set-Cookie",
  "X-Api-Key",
  "X-Auth-Token",
];
const ANY = "\"'\\`\n\t &;|<>(){}[],:=/?#@%$!~^*+-._é\u2028\u{1F600}";
const SHELL = "@%^*+-._/:,!~";
const pick = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)]!;

/** Each way in which a secret stands somewhere: a value of JSON, and the secret in it. */
const PLACES: readonly ((random: Random) => readonly [unknown, Secret])[] = [
  (r) => of(secret(r, ANY), (s) => ({ [pick(r, NAMES)]: s })),
  (r) => of(secret(r, ANY), (s) => ({ [pick(r, NAMES)]: [s, { deeper: [s] }] })),
  (r) => of(secret(r, ANY), (s) => ({ env: [{ name: pick(r, NAMES), value: s }] })),
  (r) => of(secret(r, ANY), (s) => ({ value: s, key: pick(r, NAMES), more: 1 })),
  (r) => of(secret(r, ANY), (s) => ["tool", "--token", s, "run"]),
  (r) => of(secret(r, ANY), (s) => [["X-Api-Key", s], ["Accept", "*"]]),
  (r) => of(secret(r, "@%^*+._"), (s) => ["run", `--${pick(r, ["api-key", "auth-token", "password"])}=${s}`]),
  (r) => of(secret(r, SHELL), (s) => `tool --password ${s} run`),
  (r) => of(secret(r, SHELL), (s) => `export ${pick(r, NAMES).replaceAll("-", "_")}=${s}; run`),
  (r) => of(secret(r, SHELL + " &;|()"), (s) => `env ${pick(r, NAMES).replaceAll("-", "_")}="${s}" codex 'x'`),
  (r) => of(secret(r, SHELL + ' &;|()"\\'), (s) => `env ${pick(r, NAMES).replaceAll("-", "_")}='${s}' codex`),
  (r) => of(secret(r, SHELL + " "), (s) => `user: ada\n${pick(r, NAMES)}: ${s.trim()}\nport: 1`),
  (r) => of(secret(r, SHELL + ' "\\'), (s) => `[x]\n${pick(r, NAMES)} = ${JSON.stringify(s)}\nn = 1`),
  (r) => of(secret(r, SHELL + " ="), (s) => `GET / HTTP/1.1\n${pick(r, HEADERS)}: ${s.trim()}\r\nAccept: */*\n`),
  (r) => of(secret(r, SHELL + " ="), (s) => `curl -sH '${pick(r, HEADERS)}: ${s.trim()}' https://example.org/`),
  (r) => of(secret(r, "-._~+/="), (s) => `curl -H "Authorization: Bearer ${s.replace(/^[^\w]+/, "")}" x`),
  (r) =>
    of(secret(r, "-._~+/="), (s) => `it said ${pick(r, ["Bearer", "bearer"])} ${s.replace(/^[^\w]+/, "")} and left`),
  (r) => of(secret(r, "%"), (s) => `git clone https://ada:${encodeURIComponent(s)}@example.org/x.git`),
  (r) => of(secret(r, "@:%!~"), (s) => ({ url: `postgres://ada:${encodeURIComponent(s)}@db:5432/x?y=1` })),
  (r) => of(secret(r, ""), (s) => `https://example.org/?x=1&access_token=${s}&y=2`),
  (r) =>
    of(
      secret(r, "+/\n"),
      (s) => `-----BEGIN ${pick(r, ["", "RSA ", "OPENSSH "])}PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`,
    ),
  (r) =>
    of(
      secret(r, ""),
      (s) =>
        `see ${
          pick(r, [
            "sk-",
            "sk-ant-",
            "sk_live_",
            "ghp_",
            "github_pat_",
            "glpat-",
            "xoxb-",
            "npm_",
            "AIza",
            "hf_",
            "gsk_",
            "xai-",
          ])
        }${s}${s}.`,
    ),
  (r) => of(secret(r, ""), (s) => `eyJhbGciOiJIUzI1NiJ9.eyJ${s}.${s}`),
  (r) => of(secret(r, ""), (s) => `curl -u ada:${s} https://example.org`),
];

function of(secret: Secret, place: (text: string) => unknown): readonly [unknown, Secret] {
  return [place(secret.text), secret];
}

/** Puts a value somewhere into a message, with JSON within JSON, to some depth. */
function wrapped(random: Random, value: unknown): unknown {
  let whole = value;
  for (let levels = random.below(5); levels > 0; levels--) {
    switch (random.below(4)) {
      case 0:
        whole = JSON.stringify(whole);
        break;
      case 1:
        whole = { id: 1, arguments: whole, note: 'plain "text"' };
        break;
      case 2:
        whole = ["before", whole, { n: 1.5 }];
        break;
      default:
        whole = JSON.stringify({ text: JSON.stringify(whole), total: 3 }, null, random.chance(0.3) ? 2 : 0);
    }
  }
  return whole;
}

describe("[P12] secrets that are planted", () => {
  for (const [index, place] of PLACES.entries()) {
    test(`way ${index + 1}, ${JSON.stringify(place(fixed())[0]).slice(0, 60)}: none passes, the line stays JSON`, () =>
      withSeed((random) => {
        for (let i = 0; i < 200; i++) {
          const [value, { halves }] = place(random);
          const line = JSON.stringify({ method: "x", params: wrapped(random, value) });
          const text = redact(line);
          for (const half of halves) assert(!text.includes(half), `${line}\n->\n${text}`);
          const { method } = JSON.parse(text);
          assertEquals(method, "x");
          assertEquals(redact(text), text, "what is redacted stays as it is");
        }
      }));

    test(`way ${index + 1} in a line that was cut, or is no JSON`, () =>
      withSeed((random) => {
        for (let i = 0; i < 200; i++) {
          const [value, { halves }] = place(random);
          const line = JSON.stringify({ method: "x", params: random.chance(0.5) ? value : JSON.stringify(value) });
          const text = redact(random.chance(0.5) ? `INFO ${line}` : line.slice(0, -1 - random.below(2)));
          for (const half of halves) assert(!text.includes(half), `${line}\n->\n${text}`);
        }
      }));
  }
});

/** The same each time, for the names of the tests. */
function fixed(): Random {
  return { seed: 0, next: () => 0, below: () => 0, chance: () => false };
}
