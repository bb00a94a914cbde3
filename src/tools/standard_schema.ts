/**
 * The part of the Standard Schema interface that this SDK uses, so that zod, valibot, arktype and the like can all be
 * passed without any of them being a dependency. See https://standardschema.dev.
 *
 * @module
 */
import type { ValidationIssue } from "../errors.ts";

/** One complaint of a schema, as Standard Schema shapes it. */
export interface StandardIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where, from the outside in. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What validation came to: `issues` is set exactly if the value was refused. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** Gives the JSON Schema of a schema, where its library can. */
export interface StandardJsonSchema {
  /** The JSON Schema of what the schema takes. */
  readonly input: (options: { readonly target: "draft-2020-12" | "draft-07" }) => Record<string, unknown>;
}

/** Any schema that follows Standard Schema, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** What Standard Schema puts there. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: StandardJsonSchema | undefined;
  };
}

/** The type that a schema's validation returns. */
export type OutputOf<S extends StandardSchema> = NonNullable<S["~standard"]["types"]>["output"];

/**
 * Whether `value` is a Standard Schema. Arktype's are functions, so both kinds of value are looked at.
 *
 * @example
 * ```ts
 * import { isStandardSchema } from "@codex-app-server/sdk/tools";
 * import { assert } from "@std/assert";
 * import { z } from "zod";
 *
 * assert(isStandardSchema(z.string()));
 * assert(!isStandardSchema({ type: "string" }));
 * ```
 */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as { "~standard"?: { version?: unknown; validate?: unknown } })["~standard"];
  return standard?.version === 1 && typeof standard.validate === "function";
}

/** Turns a schema's complaints into the SDK's own shape, with paths as in `items[3].name`. */
export function issuesOf(issues: readonly StandardIssue[]): ValidationIssue[] {
  return issues.map(({ message, path = [] }) => ({
    path: path.map((segment) => typeof segment === "object" ? segment.key : segment).reduce(
      (whole: string, key) =>
        typeof key === "number" ? `${whole}[${key}]` : whole === "" ? String(key) : `${whole}.${String(key)}`,
      "",
    ),
    message,
  }));
}

/** One line an issue, for people and for models. */
export function describeIssues(issues: readonly ValidationIssue[]): string {
  return issues.map(({ path, message }) => path === "" ? `- ${message}` : `- ${path}: ${message}`).join("\n");
}
