import type { CliIo } from "../io.ts";
import { UsageError } from "../usage_error.ts";

/** Says what is wrong with this machine's codex. */
export function doctor(_args: readonly string[], _io: CliIo): Promise<number> {
  return Promise.reject(new UsageError("`doctor` is not there yet."));
}
