// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * Starts a server and closes it, for tests of the permissions that this takes. Takes the options as JSON.
 *
 * @module
 */
import { Codex, CodexError } from "@codex-app-server/sdk";

const options = JSON.parse(Deno.args[0] ?? "{}");
try {
  const codex = await Codex.start(options);
  const { userAgent } = codex.metadata;
  await codex.close();
  const { exit } = await codex.closed;
  console.log(JSON.stringify({ exit, userAgent }));
} catch (error) {
  if (!(error instanceof CodexError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
