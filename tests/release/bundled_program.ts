// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * Starts codex and says what answered, or why nothing did.
 *
 * @module
 */
import { Codex, CodexNotFoundError } from "@codex-app-server/sdk";

try {
  const codex = await Codex.start();
  console.log(`started ${codex.metadata.userAgent}`);
  await codex.close();
} catch (error) {
  if (!(error instanceof CodexNotFoundError)) throw error;
  console.log(error.message);
}
