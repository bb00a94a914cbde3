// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A worker: runs one durable turn and says how it went. Killed by the tests at any moment.
 *
 * @module
 */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { durableTurn } from "@codex-app-server/sdk/durable";

const { threadId, key, input, mark } = JSON.parse(process.argv[2] ?? "") as Record<string, string>;
const codex = new Codex({ configOverrides: [`test_mark="${mark}"`] });
try {
  const { turn, how } = await durableTurn(codex, {
    threadId: threadId!,
    key: key!,
    input: input!,
    onEvent: ({ method }) => console.log(method),
  });
  console.log(JSON.stringify({ status: turn.status, how, id: turn.id }));
} finally {
  await codex.close();
}
