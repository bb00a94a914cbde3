/**
 * Validation in one call, with both of its outcomes: what is wrong, and what is merely new.
 *
 * @module
 */
import { run } from "./kind.ts";
import type { AnySchema, DriftType, SchemaConfig, SchemaIssue, SchemaPathItem } from "./schema.ts";

/** One place in a value that differs from its schema. */
export interface CheckIssue {
  /** Where, as in `turn.items[3].type`; empty for the value itself. */
  readonly path: string;
  /** What was expected and what was found. */
  readonly message: string;
  /** What kind of drift this is, or `null` if the value is wrong. */
  readonly drift: DriftType | null;
}

/** What {@linkcode check} found. */
export interface CheckResult {
  /** The value has everything that its type promises. There may still be issues, all of them drift. */
  readonly typed: boolean;
  /** What differs, at most {@linkcode MAX_ISSUES}; what is wrong comes before what is merely new. */
  readonly issues: readonly CheckIssue[];
}

/** How {@linkcode check} looks at a value. */
export interface CheckOptions {
  /** Report keys that the protocol does not list, as drift. Default `false`. */
  readonly unknownKeys?: boolean;
}

/** The most issues that one {@linkcode check} returns: a list of a million wrong entries needs no million messages. */
const MAX_ISSUES = 50;

const CLEAN: CheckResult = Object.freeze({ typed: true, issues: Object.freeze([]) });
const PLAIN: SchemaConfig = {};
const WITH_KEYS: SchemaConfig = { unknownKeys: true };

/**
 * Validates `value` in place.
 *
 * @example
 * ```ts
 * import { check, TurnStatusSchema } from "@codex-app-server/sdk/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(check(TurnStatusSchema, "completed"), { typed: true, issues: [] });
 * assertEquals(check(TurnStatusSchema, "paused").issues[0]?.drift, "unknown_value");
 * assertEquals(check(TurnStatusSchema, 3).typed, false);
 * ```
 */
export function check(schema: AnySchema, value: unknown, options?: CheckOptions): CheckResult {
  const dataset = run(schema, { typed: false, value }, options?.unknownKeys === true ? WITH_KEYS : PLAIN);
  if (dataset.issues === undefined) return CLEAN;
  const issues = dataset.issues.map(simplify);
  const sorted = [...issues.filter((issue) => issue.drift === null), ...issues.filter((issue) => issue.drift !== null)];
  return { typed: dataset.typed, issues: sorted.slice(0, MAX_ISSUES) };
}

const DRIFT: Readonly<Record<DriftType, true>> = {
  unknown_key: true,
  unknown_value: true,
  unknown_variant: true,
  missing_key: true,
};

/** A path as it would be written in code: `turn.items[3].type`. */
function formatPath(path: readonly SchemaPathItem[] | undefined): string {
  let text = "";
  for (const { key } of path ?? []) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}

function simplify(issue: SchemaIssue): CheckIssue {
  const drift = Object.hasOwn(DRIFT, issue.type) ? issue.type as DriftType : null;
  return { path: formatPath(issue.path), message: issue.message, drift };
}
