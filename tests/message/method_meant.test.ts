import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { CLIENT_REQUESTS } from "../../gen/mod.ts";
import { methodMeant } from "../../src/message/method_meant.ts";

const METHODS = Object.keys(CLIENT_REQUESTS);

describe("the request that was meant", () => {
  test("by an earlier server's name", () => {
    assertEquals(methodMeant("thread/rollback", METHODS), " Its successor is thread/revert.");
    assertEquals(methodMeant("sendUserTurn", METHODS), " Its successor is turn/start.");
    assertEquals(methodMeant("constructor", METHODS), "");
  });

  test("by one with a mistake in it, whichever it is", () => {
    for (const method of METHODS.filter((name) => name.length > 8)) {
      const odd = method.slice(0, 3) + method.slice(4);
      assertEquals(methodMeant(odd, METHODS).startsWith(" Did you mean "), true, odd);
    }
    assertEquals(methodMeant("thread/strat", METHODS), " Did you mean thread/start?");
  });

  test("nothing is near to nonsense", () => assertEquals(methodMeant("xyzzy/plugh", METHODS), ""));
});
