// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A program that uses a remote server: takes its address, or the path of its socket, and what to do then.
 *
 * @module
 */
import process from "node:process";
import { Codex, CodexError, unixSocketTransport, websocketTransport } from "@codex-app-server/sdk";

const [address = "", then = "close"] = process.argv.slice(2);
const transport = address.startsWith("/") ? unixSocketTransport(address) : websocketTransport(address);
try {
  const codex = await Codex.start({ transport });
  console.log(codex.metadata.userAgent);
  if (then === "close") await codex.close();
} catch (error) {
  if (!(error instanceof CodexError)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
