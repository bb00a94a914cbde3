import { Refusal } from "./refusal.ts";

/**
 * Refuses what the page of another site sends: with the cookies of whoever looks at it, it would be taken for theirs.
 *
 * @param origins Those beside the server's own.
 */
export function refuseForeign(
  request: Request,
  origins: readonly string[],
): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  if (origin !== null && origins.includes(origin)) return;
  // Behind a proxy the server knows its own host alone, and not whether it was reached by https.
  const own = request.headers.get("host") ?? new URL(request.url).host;
  const foreign = origin === null ? site === "cross-site" || site === "same-site" : hostOf(origin) !== own;
  if (foreign) {
    throw new Refusal(
      403,
      "foreign-origin",
      "This is not for pages of other sites.",
    );
  }
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null; // "null", that of a page without one
  }
}
