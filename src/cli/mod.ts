/**
 * The command line: `doctor`, `inspect`, `diff`.
 *
 * ```sh
 * npx @codex-app-server/sdk doctor
 * bunx @codex-app-server/sdk doctor
 * deno run -A jsr:@codex-app-server/sdk/cli doctor
 * ```
 *
 * As a module it is the same, without a process of its own: {@linkcode main} takes the arguments and what to print into.
 *
 * @module
 */
export type { CliIo } from "./io.ts";
export { main } from "./run.ts";

// Run as a program, rather than imported by one. (The npm package starts `main.js` itself.)
if (import.meta.main) await import("./main.ts");
