import { StartError } from "../errors.ts";

/** The oldest versions that have everything. A test runs a turn on each. */
export const LEAST_VERSIONS = { node: "20.16.0", deno: "2.4.0", bun: "1.2.6" } as const;

/** The error of a runtime that lacks something. */
export function tooOld(missing: string): StartError {
  const { node, deno, bun } = LEAST_VERSIONS;
  return new StartError(
    `This runtime is too old: it has no ${missing}. Use Node ${node}, Deno ${deno} or Bun ${bun}, or a newer one.`,
  );
}
