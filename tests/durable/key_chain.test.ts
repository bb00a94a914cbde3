import { turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { checkKey, continuationKey, continuationOf, placeInChain } from "../../src/durable/key_chain.ts";

const said = (...clientIds: readonly (string | null)[]) =>
  turn({
    items: clientIds.map((clientId, index) => ({ type: "userMessage", id: `${index}`, clientId, content: [] })),
  });

describe("the keys of durable work", () => {
  test("[D1] each continuation has a key of its own, told from the keys of other work", () => {
    assertEquals([0, 1, 12].map((count) => continuationKey("job", count)), ["job", "job~1", "job~12"]);
    for (const count of [0, 1, 12, 9007199254740991]) {
      assertEquals(continuationOf("job", continuationKey("job", count)), count);
    }
    for (const other of ["job1", "job~", "job~0", "job~01", "job~x", "job~1~2", "jo", "my job", "", null, undefined]) {
      assertEquals(continuationOf("job", other), null, String(other));
    }
    assertEquals(continuationOf("job~x", "job~x~3"), 3);
  });

  test("[D1] a turn belongs to the work that any of its messages names", () => {
    assertEquals(placeInChain("job", said("job")), 0);
    assertEquals(placeInChain("job", said(null, "other", "job~2")), 2);
    assertEquals(placeInChain("job", said("job~1", "job")), 1);
    assertEquals(placeInChain("job", said(null, "other")), null);
    assertEquals(placeInChain("job", said()), null);
  });

  test("[D1] a key that would be taken for a continuation is refused, and so is none", () => {
    for (const key of ["job", "a~b", "~", "job~x1", "ключ", "a b", "\u{1f600}", "a\0b"]) checkKey(key);
    for (const key of ["job~1", "~7", "a~b~12"]) assertThrows(() => checkKey(key), TypeError, '"~" and a number');
    for (const key of ["a\ud83d", "\ude00b"]) assertThrows(() => checkKey(key), TypeError, "half of a surrogate pair");
    for (const key of ["", "  ", undefined, 7]) {
      assertThrows(() => checkKey(key as string), TypeError, "needs a key that names the work");
    }
  });
});
