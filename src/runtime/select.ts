import type { Runtime, RuntimeName } from "./runtime.ts";

/** Says which runtime this is. Deno and Bun also define `process`, so Node is what remains. */
export function detectRuntime(): RuntimeName {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return "node";
}

/** Imports the adapter of this runtime, and no other. */
export async function loadRuntime(): Promise<Runtime> {
  switch (detectRuntime()) {
    case "deno":
      return (await import("./deno.ts")).denoRuntime;
    case "bun":
      return (await import("./bun.ts")).bunRuntime;
    case "node":
      return (await import("./node.ts")).nodeRuntime;
  }
}
