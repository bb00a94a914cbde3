/**
 * What all kinds of schema have in common: how they are made, and how they record what they find.
 *
 * @module
 */
import * as v from "valibot";
import type { AnySchema, SchemaConfig, SchemaIssue, SchemaPathItem } from "./schema.ts";

/** A dataset while a schema works on it. */
export interface Dataset {
  typed: boolean;
  value: unknown;
  issues?: [SchemaIssue, ...SchemaIssue[]];
}

/** A kind of schema. `R` is the class itself. */
export type Run<R> = (this: R, dataset: Dataset, config: SchemaConfig) => Dataset;

/**
 * The part that is the same in every kind. Each adds `~run` as a property of its own, for valibot's object tools copy
 * the properties of a schema.
 */
export abstract class Kind {
  readonly kind = "schema";
  readonly async = false;
  abstract readonly type: string;
  abstract readonly expects: string;
  /** What has made the schema: valibot looks up custom messages by it. */
  readonly reference: unknown = this.constructor;

  get "~standard"(): unknown {
    const validate = (value: unknown) =>
      run(this as unknown as AnySchema, { typed: false, value }, v.getGlobalConfig());
    return { version: 1, vendor: "valibot", validate };
  }
}

/** What an issue says beyond where it was found. */
interface Finding {
  readonly type: string;
  readonly message: string;
  readonly expected?: string;
  /** The part of the dataset's value that it is about; without it, the value itself. */
  readonly path?: SchemaPathItem;
}

/** A step into an object. */
export function step(input: Record<string, unknown>, key: string, value: unknown): SchemaPathItem {
  return { type: "object", origin: "value", input, key, value };
}

/** Records an issue. */
export function addIssue(dataset: Dataset, config: SchemaConfig, { type, message, expected, path }: Finding): void {
  const input = path === undefined ? dataset.value : path.value;
  const issue: SchemaIssue = {
    kind: "schema",
    type,
    input,
    expected: expected ?? null,
    received: describe(input),
    message,
    path: path === undefined ? undefined : [path],
    lang: config.lang,
    abortEarly: config.abortEarly,
    abortPipeEarly: config.abortPipeEarly,
  };
  if (dataset.issues === undefined) dataset.issues = [issue];
  else dataset.issues.push(issue);
}

/** Records that the value is not what `schema` wants at all. */
export function mismatch(schema: Pick<AnySchema, "expects" | "type">, dataset: Dataset, config: SchemaConfig): Dataset {
  const message = `Invalid type: Expected ${schema.expects} but received ${describe(dataset.value)}`;
  addIssue(dataset, config, { type: schema.type, message, expected: schema.expects });
  dataset.typed = false;
  return dataset;
}

/** Runs `schema` on the dataset itself. */
export function run(schema: AnySchema, dataset: Dataset, config: SchemaConfig): Dataset {
  return schema["~run"](dataset as { value: unknown }, config) as Dataset;
}

/** Runs `schema` on the part of the dataset's value at `key`, and takes over what it finds. */
export function runPart(
  schema: AnySchema,
  dataset: Dataset,
  config: SchemaConfig,
  input: Record<string, unknown> | unknown[],
  key: string | number,
  value: unknown,
): void {
  const part = run(schema, { typed: false, value }, config);
  if (!part.typed) dataset.typed = false;
  if (part.issues === undefined) return;
  const path = {
    type: Array.isArray(input) ? "array" : "object",
    origin: "value",
    input,
    key,
    value,
  } as SchemaPathItem;
  for (const issue of part.issues) {
    (issue as { path?: SchemaPathItem[] }).path = issue.path === undefined ? [path] : [path, ...issue.path];
  }
  if (dataset.issues === undefined) dataset.issues = part.issues;
  else for (const issue of part.issues) dataset.issues.push(issue);
}

/** A value in few words, for a message. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "Array" : "Object";
}

/** Whether the value is an object of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
