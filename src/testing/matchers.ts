/**
 * Assertions on protocol values that say in a few lines what differs. They need no assertion library.
 *
 * @module
 */
import type { Notification } from "../router/notification.ts";

/**
 * What a value should look like: the parts that matter, at every depth. A list must have as many entries as its
 * pattern; a pattern may be a `RegExp` for a string, or a predicate.
 */
export type Pattern<T> =
  | ((value: T) => boolean)
  | (T extends string ? T | RegExp
    : T extends readonly (infer E)[] ? readonly Pattern<E>[]
    : T extends object ? { readonly [K in keyof T]?: Pattern<T[K]> | undefined }
    : T);

/** One expected notification: its method, or also what its params look like. */
export type NotificationPattern =
  | Notification["method"]
  | { [N in Notification as N["method"]]: { readonly method: N["method"]; readonly params?: Pattern<N["params"]> } }[
    Notification["method"]
  ];

/** Thrown by the matchers. Test runners know it by its name. */
export class MatchError extends Error {
  /** What test runners look for. */
  override readonly name: string = "AssertionError";
  /** The whole value that was looked at. */
  readonly actual: unknown;
  /** The whole pattern. */
  readonly expected: unknown;

  /** Made by the matchers. */
  constructor(message: string, actual: unknown, expected: unknown) {
    super(message);
    this.actual = actual;
    this.expected = expected;
  }
}

/**
 * Asserts that a value has the parts that matter.
 *
 * @throws {MatchError} With each path that differs, what was expected there and what was found.
 * @example
 * ```ts
 * import { TurnSchema } from "@codex-app-server/sdk/protocol";
 * import { assertMatches, sample } from "@codex-app-server/sdk/testing";
 *
 * const turn = sample(TurnSchema, { items: [{ type: "agentMessage", text: "Done: 3 files" }] });
 * assertMatches(turn, { status: "completed", items: [{ type: "agentMessage", text: /^Done/ }] });
 * ```
 */
export function assertMatches<T>(actual: T, pattern: Pattern<T>): void {
  const found = differences(actual, pattern);
  if (found.length > 0) throw new MatchError(`The value does not match:\n${indent(found)}`, actual, pattern);
}

/**
 * Asserts that notifications came in this order. Others may stand between them, unless `exact` is set.
 *
 * @throws {MatchError} With what was found, what was not, and how the nearest candidate differs.
 * @example
 * ```ts
 * import { assertNotifications, notification } from "@codex-app-server/sdk/testing";
 *
 * const seen = [notification("turn/started"), notification("turn/completed")];
 * assertNotifications(seen, ["turn/started", { method: "turn/completed", params: { turn: { status: "completed" } } }]);
 * ```
 */
export function assertNotifications(
  actual: readonly Notification[],
  expected: readonly NotificationPattern[],
  options: { readonly exact?: boolean } = {},
): void {
  const report: string[] = [];
  let next = 0;
  for (const pattern of expected) {
    const wanted = typeof pattern === "string" ? { method: pattern } : pattern;
    const rest = actual.slice(next, options.exact === true ? next + 1 : actual.length);
    const at = rest.findIndex((each) => differences(each, wanted).length === 0);
    if (at >= 0) {
      report.push(`  found    ${show(wanted)}`);
      next += at + 1;
      continue;
    }
    report.push(`  missing  ${show(wanted)}`, `  came     ${listed(actual.slice(next))}`);
    const near = rest.find((each) => each.method === wanted.method);
    if (near !== undefined) report.push(`  nearest  ${near.method}:`, indent(differences(near, wanted), "    "));
    throw new MatchError(`The notifications do not match:\n${report.join("\n")}`, actual, expected);
  }
  if (options.exact !== true || next === actual.length) return;
  report.push(`  besides  ${listed(actual.slice(next))}`);
  throw new MatchError(`More notifications came than expected:\n${report.join("\n")}`, actual, expected);
}

/** Each place where a value differs from a pattern, in words; empty if it matches. */
export function differences(actual: unknown, pattern: unknown, path = ""): readonly string[] {
  const differs = (
    expected: string,
  ) => [`${path === "" ? "" : `${path}: `}expected ${expected}, found ${show(actual)}`];
  if (typeof pattern === "function") {
    return pattern(actual) === true ? [] : differs("a value that the predicate accepts");
  }
  if (pattern instanceof RegExp) {
    return typeof actual === "string" && actual.search(pattern) >= 0 ? [] : differs(String(pattern));
  }
  if (Array.isArray(pattern)) {
    if (!Array.isArray(actual)) return differs(`a list of ${pattern.length}`);
    const count = actual.length === pattern.length ? [] : differs(`a list of ${pattern.length}`);
    return [
      ...count,
      ...pattern.slice(0, actual.length).flatMap((each, i) => differences(actual[i], each, `${path}[${i}]`)),
    ];
  }
  if (typeof pattern === "object" && pattern !== null) {
    if (typeof actual !== "object" || actual === null) return differs(show(pattern));
    const values = actual as Readonly<Record<string, unknown>>;
    return Object.entries(pattern).flatMap(([key, each]) =>
      differences(values[key], each, path === "" ? key : `${path}.${key}`)
    );
  }
  return Object.is(actual, pattern) ? [] : differs(show(pattern));
}

/** How many characters of a value a message shows. */
const SHOWN = 160;

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, each) => each instanceof RegExp ? String(each) : each) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function listed(notifications: readonly Notification[]): string {
  return notifications.map((each) => each.method).join(", ") || "nothing";
}

function indent(lines: readonly string[], by = "  "): string {
  return lines.map((line) => by + line).join("\n");
}
