import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  abortSignal,
  anything,
  atLeast,
  callback,
  type Check,
  checkAlone,
  checkOptions,
  flag,
  integer,
  listOf,
  oneOf,
  type OptionChecks,
  options,
  positive,
  recordOf,
  text,
} from "../../src/util/options.ts";

interface Inner {
  readonly size?: number | undefined;
}

interface Outer {
  readonly name?: string;
  readonly deadlineMs?: number;
  readonly inner?: Inner | undefined;
}

const INNER: OptionChecks<Inner> = { size: integer(1) };
const OUTER: OptionChecks<Outer> = { name: text, deadlineMs: atLeast(0), inner: options(INNER) };

const refused = (given: unknown): Error => {
  try {
    checkOptions("make", given, OUTER, { elsewhere: { title: "name" }, instead: "A name is the option name" });
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

describe("options", () => {
  test("[W8] a name that does not exist is a TypeError, with the one that was meant", () => {
    const told: [unknown, string][] = [
      [{ nmae: "x" }, "make: the option nmae does not exist. Did you mean name?"],
      [{ deadline_ms: 1 }, "make: the option deadline_ms does not exist. Did you mean deadlineMs?"],
      [{ title: "x" }, "make: the option title does not exist. Use name"],
      [{ colour: "x" }, "make: the option colour does not exist. There are name, deadlineMs and inner"],
      [{ inner: { sise: 1 } }, "make: the option inner.sise does not exist. Did you mean size?"],
      [{ "a b\u001b[2J": 1 }, 'make: the option "a b\\u001b[2J" does not exist. There are name, deadlineMs and inner'],
      [{ toString: 1 }, "make: the option toString does not exist. There are name, deadlineMs and inner"],
    ];
    for (const [given, message] of told) {
      const error = refused(given);
      assert(error instanceof TypeError);
      assertEquals(error.message, message);
    }
  });

  test("[W8] what is no object of options says what is wanted", () => {
    for (const given of [null, "x", 1, true, [], () => {}, Promise.resolve({})]) {
      const { message } = refused(given);
      assert(
        /^make: the options must be an object with any of name, deadlineMs and inner, found .*A name is/.test(message),
        message,
      );
    }
    assertEquals(
      refused({ inner: true }).message,
      "make: the option inner must be an object with any of size, found true",
    );
  });

  test("what is undefined was not given", () => {
    checkOptions("make", undefined, OUTER);
    checkOptions("make", {}, OUTER);
    checkOptions("make", { name: undefined, nmae: undefined, inner: { size: undefined } }, OUTER);
    checkOptions("make", { name: "", deadlineMs: 0, inner: { size: 1 } }, OUTER);
  });

  test("[W7] numbers out of their range are a RangeError, and what is no number a TypeError", () => {
    const numbers: [Check, readonly number[], readonly number[]][] = [
      [atLeast(0), [0, 0.5, 2 ** 60], [-1, -0.1, NaN, Infinity, -Infinity]],
      [atLeast(0, 1), [0, 1, 0.2], [1.01, -1, NaN, Infinity]],
      [positive, [0.1, 5], [0, -1, NaN, Infinity]],
      [integer(1), [1, 7], [0, 1.5, -1, NaN, Infinity, 2 ** 60]],
    ];
    for (const [check, right, wrong] of numbers) {
      for (const value of right) check(value, "it");
      for (const value of wrong) assertThrows(() => check(value, "it"), RangeError, `found ${value}`);
      for (const value of ["5", null, true, {}, [1], 5n]) {
        assertThrows(() => check(value, "it"), TypeError, "it must be");
      }
    }
  });

  test("[W8] each kind of value refuses the others, and shows none of them", () => {
    const secret = "sk-secret-0123456789";
    const signal = new AbortController();
    const kinds: [Check, readonly unknown[], readonly unknown[]][] = [
      [text, ["", "x"], [1, null, {}, true]],
      [flag, [true, false], [0, 1, "true", secret, null]],
      [callback, [() => {}, class {}], [{}, true, secret, null]],
      [abortSignal, [signal.signal], [signal, {}, true, secret, null]],
      [oneOf("on", "off"), ["on"], ["onn", "", secret, true, null, ["on"]]],
      [listOf("a list of names", text), [[], ["a"]], [secret, { 0: "a" }, [1], ["a", null]]],
      [recordOf("names", text), [{}, { a: "b", c: undefined }], [secret, ["a"], { a: 1 }, { a: null }, null]],
      [anything, [null, 1, secret], []],
    ];
    for (const [check, right, wrong] of kinds) {
      for (const value of right) check(value, "it");
      for (const value of wrong) {
        const error = assertThrows(() => check(value, "it"), TypeError, "it");
        assert(!error.message.includes(secret), error.message);
      }
    }
    assertThrows(() => oneOf("tolerant", "strict")("strikt", "it"), TypeError, 'Did you mean "strict"?');
    assertThrows(() => listOf("a list", text)(["a", 2], "it"), TypeError, "it[1] must be a string, found 2");
    assertThrows(() => recordOf("texts", text)({ "a-b": 2 }, "it"), TypeError, 'it["a-b"] must be a string, found 2');
  });

  test("[W8] options that do not go together are refused by name", () => {
    checkAlone("make", { a: 1 }, "a", ["b", "c"], "of this");
    checkAlone("make", { b: 1, c: 1 }, "a", ["b", "c"], "of this");
    checkAlone("make", { a: 1, b: undefined }, "a", ["b", "c"], "of this");
    const both = () => checkAlone("make", { a: 1, b: 1, c: 0 }, "a", ["b", "c"], "of this");
    assertThrows(both, TypeError, "make: b and c cannot be given beside a: of this");
  });

  test("[W8] a check that is missing, or one too many, does not compile", () => {
    // @ts-expect-error -- `inner` is missing
    const less: OptionChecks<Outer> = { name: text, deadlineMs: atLeast(0) };
    // @ts-expect-error -- `more` is no option
    const more: OptionChecks<Inner> = { size: integer(1), more: text };
    assertEquals([Object.keys(less).length, Object.keys(more).length], [2, 2]);
  });
});
