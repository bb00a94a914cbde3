import { compareTurns, turnSlot } from "../../src/state/order.ts";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { TurnRecord } from "../../src/state/thread_state.ts";

/** A turn of the `n`th millisecond by its id, and of this second, if it says so. */
const turn = (n: number, startedAt?: number | null): TurnRecord => ({
  id: `01a2146c-000${n}-7000-8000-000000000000`,
  status: "completed",
  ...(startedAt === undefined ? {} : { startedAt }),
});

describe("the order of turns", () => {
  test("by the second of their start, where both tell it, and else by their ids", () => {
    const compare = (a: TurnRecord, b: TurnRecord) => Math.sign(compareTurns(a, b));
    assertEquals([compare(turn(2, 5), turn(1, 6)), compare(turn(1, 6), turn(2, 5))], [-1, 1]);
    assertEquals([compare(turn(1, 5), turn(2, 5)), compare(turn(2, 5), turn(1, 5))], [-1, 1]);
    for (const none of [null, undefined]) {
      assertEquals([compare(turn(1, 5), turn(2, none)), compare(turn(2, none), turn(1, 5))], [-1, 1]);
      assertEquals([compare(turn(2, 5), turn(1, none)), compare(turn(1, none), turn(2, 5))], [1, -1]);
    }
    const named = { id: "turn-1", status: "completed" } as const;
    assertEquals([compare(named, turn(1)), compare(turn(1), named), compare(turn(1), turn(1))], [0, 0, 0]);
  });

  test("one that begins goes in front of the later ones that are there, and behind what nobody can tell", () => {
    const there = [turn(1), turn(2), turn(4)].map((turn) => ({ turn, items: [], retrying: null }));
    assertEquals([0, 1, 3, 5].map((n) => turnSlot(there, turn(n))), [0, 1, 2, 3]);
    assertEquals(turnSlot(there, { id: "turn-1", status: "inProgress" }), 3);
  });
});
