import { TimeoutError } from "../errors.ts";

/** What a request whose deadline has passed is rejected with. */
export function requestTimeout(method: string, timeoutMs: number, trouble?: string): TimeoutError {
  const message = `${method} got no answer within ${timeoutMs} ms`;
  return new TimeoutError("request", timeoutMs, message + troubleSaid(trouble));
}

/** What the server has said of why something does not come, as the end of a message. */
export function troubleSaid(trouble: string | null | undefined): string {
  return trouble == null ? "" : `. The server had said: ${trouble}`;
}
