import { StartError } from "../errors.ts";

/** The error of a runtime that lacks something. */
export function tooOld(missing: string): StartError {
  return new StartError(
    `This runtime is too old: it has no ${missing}. Use Node 20.16, Deno 2.2 or Bun 1.2.6, or a newer one.`,
  );
}
