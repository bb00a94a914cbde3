import { denoRuntime } from "./deno.ts";
import type { Runtime, RuntimeName } from "./runtime.ts";

/** Says which runtime this is. Deno and Bun also define `process`, so Node is what remains. */
export function detectRuntime(): RuntimeName {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return "node";
}

/**
 * Imports the adapter of this runtime, and no other. Deno's imports nothing of its own and is there already: a dynamic
 * import takes Deno some milliseconds, and every start would wait for them.
 */
export async function loadRuntime(): Promise<Runtime> {
  switch (detectRuntime()) {
    case "deno":
      return denoRuntime;
    case "bun":
      return (await import("./bun.ts")).bunRuntime;
    case "node":
      return (await import("./node.ts")).nodeRuntime;
  }
}
