// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * Starts codex with the options that the first argument has as JSON, and says what answered or why nothing did.
 *
 * @module
 */
import process from "node:process";
import { Codex, type CodexError } from "@codex-app-server/sdk";

const outcome = await Codex.start(JSON.parse(process.argv[2] ?? "{}")).then(async (codex) => {
  const { userAgent } = codex.metadata;
  await codex.close();
  return { userAgent };
}, ({ code, message, stderrTail }: CodexError & { stderrTail?: string }) => ({ code, message, stderrTail }));
console.log(JSON.stringify(outcome));
