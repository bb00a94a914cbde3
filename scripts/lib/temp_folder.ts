import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";

/**
 * Why a Deno program that has not all permissions cannot use the temporary folder, whatever it is allowed; `false` if it
 * can. Deno counts /dev/shm among the devices.
 */
export const CLOSED_TO_RESTRICTED: string | false = /^\/(?:dev|proc|sys)\//.test(realpathSync(tmpdir())) &&
  "TMPDIR lies where Deno lets nobody in but with --allow-all";
