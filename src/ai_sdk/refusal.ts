/** Why a request of a page is refused: what the page is told, and nothing of the server. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly #headers: { readonly [name: string]: string };

  constructor(status: number, code: string, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.#headers = headers;
    this.name = "Refusal";
    this.status = status;
    this.code = code;
  }

  /** `{ "error": message, "code": code }`. */
  toResponse(): Response {
    return new Response(JSON.stringify({ error: this.message, code: this.code }), {
      status: this.status,
      headers: { ...PLAIN_HEADERS, ...this.#headers, "content-type": "application/json; charset=utf-8" },
    });
  }
}

/** What every response carries: nobody keeps it, and no browser takes it for something else. */
export const PLAIN_HEADERS: { readonly [name: string]: string } = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};
