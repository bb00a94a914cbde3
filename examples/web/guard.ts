import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What every answer carries: the page runs its own script and no other, talks to its own server, and stands in no frame. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; " +
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Who may come in. Whoever has the key, which stands in the address that the program prints, gets a session: a cookie
 * that scripts cannot read and that other sites cannot send. In a program with users of its own, their login does this.
 */
export class Guard {
  /** What stands behind `?key=`. */
  readonly key: string = randomBytes(18).toString("base64url");
  readonly #sessions = new Set<string>();

  /** The session of a request; `null` if it has none. */
  sessionOf(request: Request): string | null {
    const cookies = (request.headers.get("cookie") ?? "").split(/;\s*/);
    const value = cookies.find((cookie) => cookie.startsWith(`${nameFor(request)}=`))?.split("=")[1];
    return value !== undefined && this.#sessions.has(value) ? value : null;
  }

  /** Opens a session for whoever brings the key, and takes the key out of the address; `null` if none is brought. */
  open(request: Request): Response | null {
    const { pathname, searchParams } = new URL(request.url);
    const key = searchParams.get("key");
    if (pathname !== "/" || key === null || !same(key, this.key)) return null;
    const session = randomBytes(24).toString("base64url");
    this.#sessions.add(session);
    const cookie = `${nameFor(request)}=${session}; Path=/; HttpOnly; SameSite=Strict`;
    return new Response(null, { status: 303, headers: { ...SAFE_HEADERS, location: "/", "set-cookie": cookie } });
  }
}

/**
 * Why a request cannot come from this server's own page; `null` if it can. Loopback is no wall: any page on the web can
 * send requests there, and a name of its own that leads to 127.0.0.1 would even let it read the answers.
 */
export function foreign(request: Request): string | null {
  const host = request.headers.get("host") ?? "";
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return `a request for the host ${JSON.stringify(host)}`;
  const origin = request.headers.get("origin");
  if (origin !== null && origin !== `http://${host}`) return `a request from the page ${JSON.stringify(origin)}`;
  const reads = request.method === "GET" || request.method === "HEAD";
  if (origin === null && !reads) return "a request that changes something and does not say where it comes from";
  return null;
}

/** Cookies know no ports: two such servers on one machine must not take each other's. */
function nameFor(request: Request): string {
  return `codex_${/:(\d+)$/.exec(request.headers.get("host") ?? "")?.[1] ?? "80"}`;
}

function same(one: string, other: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}
