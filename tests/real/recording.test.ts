import { Codex, type CodexOptions, finalResponse, recordingTransport } from "@codex-app-server/sdk";
import { codexHome, command, message, replayTransport, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { redact } from "../../src/transport/redact.ts";
import { openStdio } from "../../src/transport/stdio.ts";
import { parseTranscript } from "../../src/transport/transcript.ts";

const KEY = "sk-hunter2-hunter2-hunter2";

/** The same program each time: a key, a turn with a command and a question about it. */
async function session(options: CodexOptions) {
  await using codex = await Codex.start(options);
  await codex.request("account/login/start", { type: "apiKey", apiKey: KEY });
  const thread = await codex.threadStart();
  return await thread.run("What is here?");
}

describe("recordingTransport (real)", () => {
  test("(real) a session with the server's streams is recorded without its secrets, and replayed to the same turn", async () => {
    const model = new ScriptedModel();
    model.reply(command("echo here")).reply(message(["It is ", "here\u2028."]));
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    let transcript = "";
    const transport = recordingTransport(
      ({ signal }) => openStdio({ env: home.env, signal }),
      (line) => void (transcript += line),
      { onError: (error) => assert(false, String(error)) },
    );
    const recorded = await session({ transport });
    assertEquals(finalResponse(recorded), "It is here\u2028.");
    assert(!transcript.includes("hunter2"));
    const entries = parseTranscript(transcript);
    assertEquals(entries.filter(({ dir }) => dir === "end").map(({ error }) => error), [undefined]);

    // No process and no model this time.
    const replay = replayTransport(transcript);
    // What the recording leaves out is the name of the home folder, if the working directory is below one.
    assertEquals(await session({ transport: replay }), JSON.parse(redact(JSON.stringify(recorded))));
    assertEquals(replay.remaining, 0);
  });
});
