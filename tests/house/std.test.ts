import {
  assert,
  assertArrayIncludes,
  assertEquals,
  AssertionError,
  assertObjectMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
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
