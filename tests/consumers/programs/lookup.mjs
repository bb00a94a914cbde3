// deno-lint-ignore-file no-console -- a program
// Says how the runtime was found, or what the error says to do: for programs that left their folder behind.
import { Codex, CodexError } from "@codex-app-server/sdk";

try {
  const codex = await Codex.start();
  console.log(JSON.stringify({ userAgent: codex.metadata.userAgent }));
  await codex.close();
} catch (error) {
  if (!(error instanceof CodexError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
