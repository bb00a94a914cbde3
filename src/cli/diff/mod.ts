import type { CliIo } from "../io.ts";
import { UsageError } from "../usage_error.ts";

/** Says what changed between two versions of the protocol. */
export function diff(_args: readonly string[], _io: CliIo): Promise<number> {
  return Promise.reject(new UsageError("`diff` is not there yet."));
}
