/** What can go wrong, and what to do: every failure has a class of its own. Only overload is worth a retry. */
// deno-lint-ignore-file no-console -- a program that prints
import {
  Codex,
  CodexNotFoundError,
  finalResponse,
  InvalidParamsError,
  InvalidRequestError,
  MethodNotFoundError,
  retryOnOverload,
  TimeoutError,
  TurnFailedError,
} from "@codex-app-server/sdk";
import { demoModel, failure, Gate, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel().reply(failure("insufficient_quota", "The quota is used up.")).reply(new Gate()),
);
console.log(demo.notice);

/** Awaits a call that fails, and tells by what. */
async function expect<E extends Error>(kind: new (...args: never[]) => E, call: () => unknown): Promise<void> {
  let error: unknown;
  try {
    await call();
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof kind)) throw new Error(`${kind.name} was expected`, { cause: error });
  console.log(`${error.name}: ${error.message.split("\n")[0]?.slice(0, 150)}`);
}

// Install it, or correct the path.
await expect(CodexNotFoundError, () => Codex.start({ codexBin: "/no/such/codex" }));

await using codex = await Codex.start(demo.options);

// Fix the input. The first is found before anything is sent, the second by the server.
await expect(InvalidParamsError, () => codex.request("thread/list", { limit: "many" } as never));
await expect(InvalidRequestError, () => codex.threadResume("00000000-0000-0000-0000-000000000000"));

// The versions of SDK and server differ.
await expect(MethodNotFoundError, () => codex.requestRaw("thread/doesNotExist", {}));

// Refused for overload: nothing has happened, so the same call may be made again. Any other error passes through.
const { data } = await retryOnOverload(() => codex.models(), { attempts: 5, initialDelayMs: 100 });
console.log(`${data.length > 0 ? "some" : "no"} models`);

const thread = await codex.threadStart({ sandbox: "read-only" });
if (demo.scripted) {
  // A failed turn is a result; `finalResponse` throws it.
  const turn = await thread.run("Hello?");
  console.log(`${turn.status}: ${JSON.stringify(turn.error?.codexErrorInfo)}`);
  await expect(TurnFailedError, () => finalResponse(turn));
}

// Every wait can be bounded. The turn is interrupted, and the thread stays usable.
await expect(TimeoutError, () => thread.run("Think about everything, thoroughly.", { timeoutMs: 300 }));
