import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What a request may have: the rest of its path behind the token; or the status with which it is refused. */
export type Admission = { readonly path: string; readonly query: URLSearchParams } | { readonly status: 403 | 404 };

/**
 * Lets in who has the token, and comes by the page itself or by hand. The token stands in the path, so that the page's
 * own addresses are relative ones; a page of another origin has neither it nor this host's name.
 */
export function admit({ url = "/", method, headers }: IncomingMessage, token: string, port: number): Admission {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (port === 80) hosts.push("127.0.0.1", "localhost"); // which no browser names
  // A name that somebody else has made an address of this machine: DNS rebinding.
  const host = headers.host ?? "";
  if (!hosts.includes(host)) return { status: 403 };
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) return { status: 403 };
  const site = headers["sec-fetch-site"];
  const isRead = method === "GET" || method === "HEAD";
  // A link elsewhere may lead to the page, but nothing of it may be used elsewhere.
  const isNavigation = isRead && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (site !== undefined && site !== "same-origin" && site !== "none" && !isNavigation) return { status: 403 };
  if (!isRead && !/^application\/json\b/.test(headers["content-type"] ?? "")) return { status: 403 };
  const [path = "", query = ""] = url.split("?", 2);
  const [, given = "", ...rest] = path.split("/");
  if (!isSame(given, token) || rest.length === 0) return { status: 404 };
  return { path: rest.join("/"), query: new URLSearchParams(query) };
}

/** Takes as long, whatever is wrong. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Of every answer: nothing comes from the network, nothing is kept, nobody frames it or learns its address. */
export const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
};
