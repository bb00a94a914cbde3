import type { PagedMethod } from "@codex-app-server/sdk";
import { ModelSchema, type ParamsOf, ThreadSchema, TurnSchema } from "@codex-app-server/sdk/protocol";
import { sample } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { collect, scripted } from "./scripted.ts";

/** Lists of all kinds, with what to ask and how to make an entry. */
const LISTS: readonly { method: PagedMethod; params: object; entry: (id: string) => object }[] = [
  { method: "thread/list", params: {}, entry: (id) => sample(ThreadSchema, { id }) },
  { method: "thread/turns/list", params: { threadId: "t" }, entry: (id) => sample(TurnSchema, { id }) },
  {
    method: "thread/items/list",
    params: { threadId: "t" },
    entry: (id) => ({ item: { type: "plan", id, text: "" }, turnId: "u" }),
  },
  { method: "model/list", params: {}, entry: (id) => sample(ModelSchema, { id }) },
];

/** What the server answers by cursor: the entries of that page, and the next cursor. */
type Book = Record<string, [ids: string[], nextCursor: string | null]>;

function read({ method, params, entry }: typeof LISTS[number], book: Book) {
  const peer = scripted({}, { validate: false });
  peer.server.onRequest(method, (asked) => {
    const [ids, nextCursor] = book[(asked as { cursor?: string }).cursor ?? ""]!;
    return { data: ids.map(entry), nextCursor } as never;
  });
  const all = () => peer.codex.requestAll(method, { ...params, limit: 2 } as ParamsOf<typeof method>);
  const asked = () => peer.server.messages.filter((message) => message.method === method).map(({ params }) => params);
  const ids = (entries: readonly unknown[]) =>
    entries.map((each) => ((each as { item?: { id: string } }).item ?? (each as { id: string })).id);
  return { ...peer, params, all, asked, ids, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

for (const list of LISTS) {
  describe(`requestAll: ${list.method}`, () => {
    test("[Q8] follows the cursors, fetches no page before it is needed, and stops on break", async () => {
      await using peer = read(list, { "": [["a", "b"], "1"], "1": [[], "2"], "2": [["c"], null] });
      const entries = peer.all();
      assertEquals(peer.asked(), []);
      assertEquals(peer.ids([(await entries.next()).value, (await entries.next()).value]), ["a", "b"]);
      assertEquals(peer.asked().length, 1);
      assertEquals(peer.ids(await collect(entries)), ["c"]);
      const params = { ...list.params, limit: 2 };
      assertEquals<unknown>(peer.asked(), [params, { ...params, cursor: "1" }, { ...params, cursor: "2" }]);
      for await (const _entry of peer.all()) break;
      assertEquals(peer.asked().length, 4);
    });

    test("[Q8] never loops on a repeated cursor, be it the last one or one before", async () => {
      for (const again of ["1", "2"]) {
        await using peer = read(list, { "": [["a"], "1"], "1": [["b"], "2"], "2": [["c"], again] });
        assertEquals(peer.ids(await collect(peer.all())), ["a", "b", "c"]);
      }
    });
  });
}

describe("requestAll", () => {
  test("[Q8] of what has no pages says so", async () => {
    await using peer = scripted();
    peer.server.onRequest("account/read", () => ({ account: null, requiresOpenaiAuth: false }));
    const method = "account/read" as PagedMethod;
    await assertRejects(() => collect(peer.codex.requestAll(method, {})), TypeError, "use request");
  });
});
