import type { Turn } from "../../gen/mod.ts";
import { safeText } from "./content.ts";

/** Why something ended in an error: a word for `error.type`, and the words of whoever reported it. */
export interface Failure {
  readonly type: string;
  /** May hold contents, such as the answer of a provider that repeats what it was sent. */
  readonly message?: string | undefined;
}

/** How a turn failed; `undefined` if it did not. */
export function failureOf({ status, error }: Turn): Failure | undefined {
  if (status === "completed" || status === "inProgress") return undefined;
  const { codexErrorInfo: info, message } = error ?? {};
  // A kind with details is an object of one key: what the key says is the kind.
  const kind = typeof info === "string" ? info : Object.keys(info ?? {})[0];
  return { type: kind ?? String(status), message };
}

/** The failure that an error of this SDK, or of whatever else, stands for. */
export function failureBy(error: unknown): Failure {
  if (typeof error !== "object" || error === null) return { type: "lost" };
  const { code, name, message } = error as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly message?: unknown;
  };
  const type = typeof code === "string" && code !== ""
    ? code
    : typeof name === "string" && name !== ""
    ? name
    : "_OTHER";
  return { type, message: typeof message === "string" ? message : undefined };
}

/** The words of a failure, for a span that carries contents. */
export function safeMessage({ message }: Failure): string | undefined {
  return message === undefined ? undefined : safeText(message);
}
