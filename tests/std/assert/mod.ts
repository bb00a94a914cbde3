/**
 * The part of `jsr:@std/assert` that this repository uses, over `node:assert`, for machines that cannot reach JSR.
 * Same names, same signatures: remove `links` in deno.json and the real package takes its place.
 *
 * @module
 */
import nodeAssert from "node:assert";
import { difference } from "./equal.ts";

/** Thrown by every assertion of this module. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";

  /** As in the real package, a message is a must. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** As in the real package: a string is no list of letters here. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

// deno-lint-ignore no-explicit-any -- as in the real package: any constructor will do
type AnyConstructor = abstract new (...args: any[]) => any;
// deno-lint-ignore no-explicit-any -- as in the real package: any error class will do
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function withMessage(text: string, msg: string | undefined): string {
  return msg === undefined ? text : `${text}: ${msg}`;
}

/** Runs a `node:assert` check and gives its failure the wording and the class of this module. */
function check(run: () => void, title: string, msg: string | undefined): void {
  try {
    run();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AssertionError(`${withMessage(title, msg)}\n${detail}`, { cause });
  }
}

function show(value: unknown): string {
  try {
    return typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is false | 0 | 0n | "" | null | undefined {
  if (expr) throw new AssertionError(msg);
}

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError(withMessage("Failed assertion", msg));
}

/** Fails always: for places that are never reached. */
export function unreachable(reason?: string): never {
  throw new AssertionError(reason ?? "Unreachable.");
}

/** Deep equality of values, keys that are `undefined` included. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  const path = difference(actual, expected);
  if (path === null) return;
  check(() => nodeAssert.deepStrictEqual(actual, expected), "Values are not equal", msg); // the better picture
  throw new AssertionError(withMessage(`Values are not equal: ${path} differs`, msg));
}

/** The opposite of {@linkcode assertEquals}. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (difference(actual, expected) !== null) return;
  throw new AssertionError(withMessage(`Expected values to differ, both are ${show(actual)}`, msg));
}

/** Identity, by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  check(() => nodeAssert.strictEqual(actual, expected), "Values are not strictly equal", msg);
}

/** The opposite of {@linkcode assertStrictEquals}. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  check(() => nodeAssert.notStrictEqual(actual, expected), "Expected values to be strictly different", msg);
}

/** Fails for `null` and `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError(withMessage(`Expected a value, got ${String(actual)}`, msg));
  }
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends AnyConstructor>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (actual instanceof expectedType) return;
  const found = typeof actual === "object" && actual !== null ? actual.constructor?.name ?? "Object" : show(actual);
  throw new AssertionError(
    withMessage(`Expected an instance of "${expectedType.name}", got ${found}`, msg || undefined),
  );
}

/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} to contain ${show(expected)}`, msg));
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} to match ${expected}`, msg));
}

/** Fails if `actual` matches `expected`. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} not to match ${expected}`, msg));
}

/** Fails unless every element of `expected` is deeply equal to some element of `actual`. */
export function assertArrayIncludes<T>(actual: ArrayLikeArg<T>, expected: ArrayLikeArg<T>, msg?: string): void {
  const has = (wanted: T) => Array.from(actual).some((found) => equal(found, wanted));
  const missing = Array.from(expected).filter((wanted) => !has(wanted));
  if (missing.length === 0) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} to include ${show(missing)}`, msg));
}

/** Fails unless `actual` is at least `expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (actual >= expected) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} >= ${show(expected)}`, msg));
}

/** Fails unless `actual` is greater than `expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (actual > expected) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} > ${show(expected)}`, msg));
}

/** Fails unless `actual` is at most `expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (actual <= expected) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} <= ${show(expected)}`, msg));
}

/** Fails unless `actual` is less than `expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  throw new AssertionError(withMessage(`Expected ${show(actual)} < ${show(expected)}`, msg));
}

/** Deep equality as a question. */
export function equal(a: unknown, b: unknown): boolean {
  return difference(a, b) === null;
}

/** Fails unless `actual` has every own member of `expected` as one of its own, at every depth. */
export function assertObjectMatch(
  // deno-lint-ignore no-explicit-any -- as in the real package: any record will do
  actual: Record<PropertyKey, any>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  assertEquals<unknown>(part(actual, expected, new Map()), part(expected, expected, new Map()), msg);
}

/** What of `value` is also named in `mask`, as plain objects; `seen` ends circles. */
function part(value: unknown, mask: unknown, seen: Map<unknown, unknown>): unknown {
  if (!isRecord(value) || !isRecord(mask)) return value;
  if (seen.get(value) === mask) return value;
  seen.set(value, mask);
  if (Array.isArray(value) && Array.isArray(mask)) {
    return value.slice(0, mask.length).map((each, index) => part(each, mask[index], seen));
  }
  if (value instanceof Map && mask instanceof Map) {
    const kept = [...value].filter(([key]) => mask.has(key));
    return new Map(kept.map(([key, each]) => [key, part(each, mask.get(key), seen)]));
  }
  if (value instanceof Set && mask instanceof Set) return new Set([...value].filter((each) => mask.has(each)));
  const keys = Reflect.ownKeys(value).filter((key) => Object.hasOwn(mask, key));
  return Object.fromEntries(keys.map((key) => [key, part(value[key], mask[key], seen)]));
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof RegExp);
}

/** Fails unless `error` is an instance of `ErrorClass` whose message contains `msgMatches` or matches it. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  // deno-lint-ignore no-explicit-any -- as in the real package: any error class will do
  ErrorClass?: abstract new (...args: any[]) => E,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) {
    throw new AssertionError(withMessage(`Expected an Error, got ${show(error)}`, msg));
  }
  if (ErrorClass !== undefined && !(error instanceof ErrorClass)) {
    const found = `${error.constructor.name}: ${error.message}`;
    throw new AssertionError(withMessage(`Expected an error of class "${ErrorClass.name}", got ${found}`, msg), {
      cause: error,
    });
  }
  const fits = msgMatches === undefined ||
    (typeof msgMatches === "string" ? error.message.includes(msgMatches) : msgMatches.test(error.message));
  if (!fits) {
    throw new AssertionError(
      withMessage(`Expected an error message that has ${String(msgMatches)}, got ${show(error.message)}`, msg),
      { cause: error },
    );
  }
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an error of the class, with the text in its message; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return judge(error, classOrMsg, msgIncludes, msg);
  }
  throw new AssertionError(
    withMessage("Expected function to throw", typeof classOrMsg === "string" ? classOrMsg : msg),
  );
}

/** Fails unless the promise of `fn` rejects; resolves with the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless the promise of `fn` rejects with an error of the class and the text; resolves with the error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  let promise: unknown;
  try {
    promise = fn();
  } catch (cause) {
    throw new AssertionError("Function throws when expected to reject", { cause });
  }
  if (typeof promise !== "object" || typeof (promise as PromiseLike<unknown> | null)?.then !== "function") {
    throw new AssertionError(`Expected function to return a promise, got ${show(promise)}`);
  }
  try {
    await promise;
  } catch (error) {
    return judge(error, classOrMsg, msgIncludes, msg);
  }
  throw new AssertionError(
    withMessage("Expected function to reject", typeof classOrMsg === "string" ? classOrMsg : msg),
  );
}

function judge<E extends Error>(
  error: unknown,
  classOrMsg: ErrorClass<E> | string | undefined,
  msgIncludes: string | undefined,
  msg: string | undefined,
): unknown {
  if (typeof classOrMsg === "function") assertIsError(error, classOrMsg, msgIncludes, msg);
  return error;
}
