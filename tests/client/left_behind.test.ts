import { Codex } from "@codex-app-server/sdk";
import { ScriptedAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";

const MODELS = () => ({ data: [], nextCursor: null });

describe("what a call leaves behind", () => {
  test("[Q3] is made, and leaves nothing behind, although the connection cannot be held: it may just have ended", async () => {
    await using server = new ScriptedAppServer();
    const gone = () => {
      throw new Error("Bad resource ID");
    };
    await using codex = await Codex.start({
      transport: () => Object.assign(server.connect(), { ref: gone, unref: gone }),
    });
    server.onRequest("model/list", MODELS);
    const stop = new AbortController();
    assertEquals((await codex.models({}, { signal: stop.signal })).data, []);
    // What nobody waits for any more would reject now, and end the program.
    stop.abort(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals((await codex.models()).data, []);
  });
});
