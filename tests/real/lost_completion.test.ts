import { Codex, finalResponse, ProtocolError, stdioTransport, type TransportFactory } from "@codex-app-server/sdk";
import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { TextLineStream } from "@std/streams";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";

/** A server of one's own whose `turn/completed` never arrives. */
function withoutCompletion(env: Readonly<Record<string, string | undefined>>): TransportFactory {
  const open = stdioTransport({ env });
  return async (context) => {
    const transport = await open(context);
    const readable = (transport.readable as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream())
      .pipeThrough(
        new TransformStream<string, string>({
          transform(line, controller) {
            if (!line.startsWith('{"method":"turn/completed"')) controller.enqueue(line);
          },
        }),
      );
    return { ...transport, readable };
  };
}

describe("a completion that never arrives (real)", () => {
  for (const ephemeral of [false, true]) {
    const end = ephemeral ? "an error, for nothing of it is stored" : "read from the stored turns";
    test(`[T11] (real) of ${ephemeral ? "an ephemeral" : "a stored"} thread: ${end}`, async () => {
      const model = new ScriptedModel();
      model.reply("It is done.");
      await using listener = await model.listen();
      await using home = await codexHome({ modelUrl: listener.url });
      const diagnostics: string[] = [];
      await using codex = new Codex({
        transport: withoutCompletion(home.env),
        onDiagnostic: ({ type }) => void diagnostics.push(type),
      });
      const thread = await codex.threadStart({ ephemeral });
      const run = () => thread.run("Do it");
      if (ephemeral) await assertRejects(run, ProtocolError, "never said how it ended");
      else assertEquals(finalResponse(await run()), "It is done.");
      assertEquals(diagnostics.includes("turn-reconciled"), !ephemeral);
    });
  }
});
