import { type NotificationMethod, SERVER_NOTIFICATIONS } from "@codex-app-server/sdk/protocol";
import { notification, scriptTurns } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collect, scripted } from "./scripted.ts";

/** Params that lack, one after the other, everything that the method promises. */
function malformed(method: NotificationMethod, ids: Record<string, unknown>): unknown[] {
  const whole: Record<string, unknown> = { ...notification(method).params, ...ids };
  const lacking = Object.keys(whole).flatMap((key) => {
    const { [key]: _, ...rest } = whole;
    return [rest, { ...whole, [key]: null }, { ...whole, [key]: {} }, { ...whole, [key]: 0 }];
  });
  return [undefined, null, 0, "text", [], {}, ids, ...lacking];
}

describe("a malformed notification", () => {
  for (const validation of ["tolerant", "off"] as const) {
    test(`[F6] [Q7] of any method and kind is passed on and disturbs nothing else (${validation})`, async () => {
      await using peer = scripted({ validation, limits: { streamEvents: 1 } }, { validate: false });
      peer.server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
      peer.server.onRequest("thread/turns/list", () => ({ data: [] }));
      let sent = 0;
      const turns = scriptTurns(peer.server, async ({ connection, threadId, id: turnId }) => {
        const ids = { threadId, turnId, itemId: "i" };
        for (const method of Object.keys(SERVER_NOTIFICATIONS) as NotificationMethod[]) {
          // Its end is an end, whatever else it lacks.
          const turn = method === "turn/completed" ? {} : { turn: { id: turnId } };
          for (const params of malformed(method, { ...ids, ...turn })) {
            connection.notify(method, params as never);
            sent++;
          }
        }
        await connection.flushed();
        await peer.codex.models();
      });
      const all = peer.codex.notifications();
      const thread = await peer.codex.threadStart();
      const handle = await thread.turn("hi");
      const unread = handle.stream();
      const done = await handle.run();
      assertEquals([done.status, turns.length], ["completed", 1]);
      assertEquals((await collect(unread)).at(-1)?.method, "turn/completed");
      await peer.codex.close();
      assert((await collect(all)).length > 100);
      assert(sent > 1000, `${sent} were sent`);
    });
  }

  test("[T1] of the end of a turn is its end all the same", async () => {
    await using peer = scripted({}, { validate: false });
    const half = deferred<void>();
    scriptTurns(peer.server, async ({ connection, threadId, id }) => {
      connection.notify("turn/completed", { threadId, turn: { id, status: "completed" } } as never);
      await half.promise;
    });
    const done = await (await peer.codex.threadStart()).run("hi");
    assertEquals([done.status, done.items], ["completed", []]);
    half.resolve();
  });
});
