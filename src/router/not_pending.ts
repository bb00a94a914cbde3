import type { RequestId } from "../message/message.ts";

/** Why nothing is known of a question of the server. */
export const UNKNOWN = "there is none, or it is long gone";

/** The error of an answer to what is not asked any more, or never was. */
export function notPending(id: RequestId, why: string = UNKNOWN): RangeError {
  return new RangeError(`No server request ${JSON.stringify(id)} is pending: ${why}`);
}
