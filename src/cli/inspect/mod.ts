import type { CliIo } from "../io.ts";
import { UsageError } from "../usage_error.ts";

/** Shows what goes between a client and the server. */
export function inspect(_args: readonly string[], _io: CliIo): Promise<number> {
  return Promise.reject(new UsageError("`inspect` is not there yet."));
}
