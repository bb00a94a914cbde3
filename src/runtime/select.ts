import { bunRuntime } from "./bun.ts";
import { denoRuntime } from "./deno.ts";
import { nodeRuntime } from "./node.ts";
import type { Runtime, RuntimeName } from "./runtime.ts";

/** Says which runtime this is. Deno and Bun also define `process`, so Node is what remains. */
export function detectRuntime(): RuntimeName {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return "node";
}

/**
 * The adapter of this runtime. They are small and import nothing of a runtime themselves; each loads what it needs when
 * it needs it. To load the adapter as such only now would take up to 10 ms of every start.
 */
export function currentRuntime(): Runtime {
  switch (detectRuntime()) {
    case "deno":
      return denoRuntime();
    case "bun":
      return bunRuntime();
    case "node":
      return nodeRuntime();
  }
}
