import {
  assert,
  assertArrayIncludes,
  assertEquals,
  AssertionError,
  assertNotEquals,
  assertObjectMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import * as assertions from "@std/assert";
import * as streams from "@std/streams";
import { TextLineStream, toArrayBuffer, toText } from "@std/streams";
import { describe, test } from "node:test";

const failed = (run: () => unknown) => assertThrows(run, AssertionError);

// These hold for the local packages under tests/std and for the ones on JSR alike.
describe("the assertions can fail", () => {
  test("assert and assertEquals", () => {
    failed(() => assert(0));
    assertEquals({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] });
    failed(() => assertEquals({ a: [1, 2] }, { a: [1, 3] }));
    failed(() => assertEquals<unknown>(1, "1"));
  });

  test("assertObjectMatch looks at the named members alone, at every depth", () => {
    assertObjectMatch({ a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }] }, { a: { b: 1 }, d: [{ e: 1 }] });
    failed(() => assertObjectMatch({ a: { b: 1 } }, { a: { b: 2 } }));
    failed(() => assertObjectMatch({ a: 1 }, { a: 1, b: 1 }));
  });

  test("assertArrayIncludes compares by value", () => {
    assertArrayIncludes([{ a: 1 }, { a: 2 }], [{ a: 2 }]);
    failed(() => assertArrayIncludes([1, 2], [3]));
  });

  test("assertThrows returns the error and minds class and text", () => {
    const boom = () => {
      throw new RangeError("too far");
    };
    assertEquals(assertThrows(boom, RangeError, "far").message, "too far");
    failed(() => assertThrows(boom, TypeError));
    failed(() => assertThrows(boom, RangeError, "near"));
    failed(() => assertThrows(() => {}));
  });

  test("assertRejects returns the reason and minds class and text", async () => {
    const boom = () => Promise.reject(new RangeError("too far"));
    assertEquals((await assertRejects(boom, RangeError, "far")).message, "too far");
    await assertRejects(() => assertRejects(boom, TypeError), AssertionError);
    await assertRejects(() => assertRejects(() => Promise.resolve(1)), AssertionError);
  });
});

describe("the stand-ins are no more lenient than the real ones", () => {
  const differ = (a: unknown, b: unknown) => {
    failed(() => assertEquals(a, b));
    failed(() => assertEquals({ a: [a] }, { a: [b] }));
    failed(() => assertEquals(new Map([[1, a]]), new Map([[1, b]])));
    failed(() => assertArrayIncludes([a], [b]));
    assertNotEquals(a, b);
  };
  const same = (a: unknown, b: unknown) => {
    assertEquals(a, b);
    assertEquals([a], [b]);
    failed(() => assertNotEquals(a, b));
  };

  test("[H4] have no name that the real ones lack", () => {
    const real = {
      assert: "assert assertAlmostEquals assertArrayIncludes assertEquals assertExists assertFalse assertGreater " +
        "assertGreaterOrEqual assertInstanceOf assertIsError AssertionError assertLess assertLessOrEqual assertMatch " +
        "assertNotEquals assertNotInstanceOf assertNotMatch assertNotStrictEquals assertObjectMatch assertRejects " +
        "assertStrictEquals assertStringIncludes assertThrows equal fail unimplemented unreachable",
      streams: "BatchStream Buffer ByteSliceStream concatReadableStreams DelimiterStream earlyZipReadableStreams " +
        "LimitedBytesTransformStream LimitedTransformStream mergeReadableStreams TextDelimiterStream TextLineStream " +
        "toArrayBuffer toBlob toBytes toJson toText toTransformStream zipReadableStreams",
    };
    assertEquals(Object.keys(assertions).filter((name) => !real.assert.split(" ").includes(name)), []);
    assertEquals(Object.keys(streams).filter((name) => !real.streams.split(" ").includes(name)), []);
  });

  test("[H4] two errors differ by where they were made, and one is itself", () => {
    const [one, other] = [new Error("a"), new Error("a")];
    differ(one, other);
    same(one, one);
    differ(new Error("a"), new TypeError("a"));
  });

  test("[H4] an object with getters differs by what they say, whatever its class hides", () => {
    class Counter {
      #count: number;
      constructor(count: number) {
        this.#count = count;
      }
      get count() {
        return this.#count;
      }
    }
    differ(new Counter(1), new Counter(2));
    same(new Counter(1), new Counter(1));
    differ(
      Object.defineProperty(new Counter(1), "a", { value: 1 }),
      Object.defineProperty(new Counter(1), "a", { value: 2 }),
    );
    differ(new Blob(["a"]), new Blob(["ab"]));
  });

  test("[H4] WeakRefs, weak collections, generators, addresses and dates", () => {
    const [a, b] = [{ a: 1 }, { a: 2 }];
    differ(new WeakRef(a), new WeakRef(b));
    same(new WeakRef(a), new WeakRef({ a: 1 }));
    assertThrows(() => assertEquals(new WeakMap(), new WeakMap()), TypeError);
    assertThrows(() => assertNotEquals(new WeakSet(), new WeakSet()), TypeError);
    function* first() {
      yield 1;
    }
    function* second() {
      yield 2;
    }
    differ(first(), second());
    differ(new URL("http://a/"), new URL("http://b/"));
    differ(new URLSearchParams("a=1"), new URLSearchParams("a=2"));
    differ(/a/g, /a/);
    differ(new Date(1), new Date(2));
    differ(new Uint8Array([1]), new Uint8Array([2]));
    differ(new Uint8Array([1]), new Int8Array([1]));
    differ(new Uint8Array([1]).buffer, new Uint8Array([2]).buffer);
    differ(() => 1, () => 1);
  });

  test("[H4] what the real ones take for equal is never taken for different", () => {
    same(0, -0);
    same(NaN, NaN);
    same(Object.create(null), {});
    same({ a: [1, { b: new Set([{ c: 1 }]) }] }, { a: [1, { b: new Set([{ c: 1 }]) }] });
    same(new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]]));
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const other: { self?: unknown } = {};
    other.self = other;
    same(circle, other);
  });

  test("[H4] keys count, also with undefined, as symbols, and in collections", () => {
    differ({ a: undefined }, {});
    differ({ a: undefined }, { b: undefined });
    differ({ [Symbol.for("a")]: 1 }, { [Symbol.for("a")]: 2 });
    differ([1, undefined], [1]);
    differ(new Set([1]), new Set([2]));
    differ(new Map([["a", 1]]), new Map([["b", 1]]));
    differ(new Map<unknown, number>([[{ a: 1 }, 1]]), new Map<unknown, number>([[{ a: 2 }, 1]]));
    differ([], {});
  });

  test("[H4] assertObjectMatch sees own members alone", () => {
    class Named {
      own = 1;
      get inherited() {
        return 2;
      }
    }
    const object = new Named() as unknown as Record<string, unknown>;
    assertObjectMatch(object, { own: 1 });
    failed(() => assertObjectMatch(object, { inherited: 2 }));
    failed(() => assertObjectMatch(Object.create({ a: 1 }), { a: 1 }));
    failed(() => assertObjectMatch({ error: new Error("a") }, { error: { name: "Error" } }));
    assertObjectMatch({ error: new Error("a") }, { error: { message: "a" } });
    failed(() => assertObjectMatch({ a: { b: Object.create({ c: 1 }) } }, { a: { b: { c: 1 } } }));
    failed(() => assertObjectMatch({ a: undefined }, { a: undefined, b: undefined }));
    failed(() => assertObjectMatch({ a: new Map([[1, 2]]) }, { a: new Map([[1, 3]]) }));
    failed(() => assertObjectMatch({ a: new Set([1]) }, { a: new Set([1, 2]) }));
    failed(() => assertObjectMatch({ a: [1] }, { a: [1, 2] }));
  });

  test("[H4] assertRejects wants a promise, or an object that is as good", async () => {
    const thenable = (then: unknown) => () => then as PromiseLike<unknown>;
    const reject = (_: unknown, no: (reason: unknown) => void) => no(new RangeError("far"));
    await assertRejects(thenable({ then: reject }), RangeError, "far");
    const bad: (() => PromiseLike<unknown>)[] = [
      thenable(Object.assign(() => {}, { then: reject })),
      thenable(undefined),
      thenable(null),
      thenable(new Error("not a promise")),
      () => {
        throw new RangeError("far");
      },
    ];
    for (const each of bad) await assertRejects(() => assertRejects(each), AssertionError);
    await assertRejects(() => assertRejects(() => Promise.reject("text"), Error), AssertionError);
  });
});

describe("the stream tools", () => {
  const bytes = (text: string) => new Blob([text]).stream();

  test("toText and toArrayBuffer read to the end", async () => {
    assertEquals(await toText(bytes("a\u20acb")), "a\u20acb");
    assertEquals((await toArrayBuffer(bytes("\u20ac"))).byteLength, 3);
  });

  test("TextLineStream cuts at LF and CRLF, across chunks", async () => {
    const source = new ReadableStream<string>({
      start(controller) {
        for (const chunk of ["a\r", "\nb", "\n\nc"]) controller.enqueue(chunk);
        controller.close();
      },
    });
    const lines: string[] = [];
    const reader = source.pipeThrough(new TextLineStream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) lines.push(next.value);
    assertEquals(lines, ["a", "b", "", "c"]);
  });
});
