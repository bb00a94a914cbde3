import { SERVER_NOTIFICATIONS, SERVER_REQUESTS, ThreadItemSchema } from "@codex-app-server/sdk/protocol";
import type { ItemType } from "@codex-app-server/sdk/testing";
import type { NotificationMethod, ServerRequestMethod } from "@codex-app-server/sdk/protocol";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { NOTIFICATIONS, PASSED_ON, REQUESTS } from "../../src/state/changes.ts";
import { KINDS } from "../../src/state/items.ts";

/** The compiler's part: what is left out of one of the tables is an error there, and a name too many is one as well. */
type Keys<T> = { readonly [K in keyof T]: 1 };
const notifications: Keys<Record<NotificationMethod, 1>> = {} as Keys<typeof NOTIFICATIONS>;
const requests: Keys<Record<ServerRequestMethod, 1>> = {} as Keys<typeof REQUESTS>;
// @ts-expect-error -- one that is missing is noticed: this is what a new one of the protocol comes to
const missing: Keys<Record<NotificationMethod | "future/news", 1>> = {} as Keys<typeof NOTIFICATIONS>;
// @ts-expect-error -- the same for requests
const asked: Keys<Record<ServerRequestMethod | "future/ask", 1>> = {} as Keys<typeof REQUESTS>;
const items: Keys<Record<ItemType, 1>> = {} as Keys<typeof KINDS>;
// @ts-expect-error -- the same for items
const unknown: Keys<Record<ItemType | "futureItem", 1>> = {} as Keys<typeof KINDS>;
void [notifications, requests, missing, asked, items, unknown];

describe("exhaustiveness", () => {
  test("[M5] every notification of the protocol is taken in or listed as passed on", () => {
    assertEquals(Object.keys(NOTIFICATIONS).sort(), Object.keys(SERVER_NOTIFICATIONS).sort());
    const passed = Object.entries(NOTIFICATIONS).filter(([, change]) => change === PASSED_ON).map(([method]) => method);
    // What is about a turn or one of its items, and is passed on all the same.
    assertEquals(passed.filter((method) => /^(item|turn)\//.test(method)).sort(), [
      "item/autoApprovalReview/completed",
      "item/autoApprovalReview/started",
      "item/commandExecution/terminalInteraction",
      "turn/moderationMetadata",
    ]);
  });

  test("[M5] every request of the server is a question or listed as passed on", () => {
    assertEquals(Object.keys(REQUESTS).sort(), Object.keys(SERVER_REQUESTS).sort());
  });

  test("[M5] every kind of items is known", () => {
    const variants = (ThreadItemSchema as unknown as { readonly variants: ReadonlyMap<string, unknown> }).variants;
    assert(variants.size > 15, `${variants.size} kinds`);
    assertEquals(Object.keys(KINDS).sort(), [...variants.keys()].sort());
  });
});
