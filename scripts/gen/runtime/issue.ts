/**
 * How the schema kinds of `support.ts` record what they find.
 *
 * @module
 */
import type * as v from "valibot";

/** Any valibot schema, whatever it accepts. */
export type AnySchema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

/** The `type` of an issue that says that the peer knows more than this SDK. */
export type DriftType = "unknown_key" | "unknown_value" | "unknown_variant";

/** A valibot configuration that may also ask for unknown keys to be reported, which costs time. */
export interface CheckConfig extends v.Config<v.BaseIssue<unknown>> {
  /** Report keys that no schema lists, as drift. Default `false`. */
  readonly unknownKeys?: boolean;
}

/** One issue. */
export type Issue = v.BaseIssue<unknown>;

/** A step of an issue's path. */
export type PathItem = v.IssuePathItem;

/** valibot's dataset while a schema works on it. */
export interface Dataset {
  typed: boolean;
  value: unknown;
  issues?: [Issue, ...Issue[]];
}

/** A step into an object. */
export function step(input: Record<string, unknown>, key: string, value: unknown): PathItem {
  return { type: "object", origin: "value", input, key, value };
}

/** Records an issue; `path` begins at the dataset's value. */
export function addIssue(
  dataset: Dataset,
  config: CheckConfig,
  issue: { readonly type: string; readonly message: string; readonly expected?: string; readonly path?: PathItem },
): void {
  const input = issue.path === undefined ? dataset.value : issue.path.value;
  const full = {
    kind: "schema",
    type: issue.type,
    input,
    expected: issue.expected ?? null,
    received: describe(input),
    message: issue.message,
    ...(issue.path === undefined ? {} : { path: [issue.path] }),
    lang: config.lang,
    abortEarly: config.abortEarly,
    abortPipeEarly: config.abortPipeEarly,
  } as Issue;
  if (dataset.issues === undefined) dataset.issues = [full];
  else dataset.issues.push(full);
}

/** The part of a schema that says what it wants. */
export type Expecting = Pick<AnySchema, "expects" | "type">;

/** Records that the value is not what `schema` wants at all. */
export function mismatch(schema: Expecting, dataset: Dataset, config: CheckConfig, path?: PathItem): Dataset {
  const found = describe(path === undefined ? dataset.value : path.value);
  const message = `Invalid type: Expected ${schema.expects} but received ${found}`;
  addIssue(dataset, config, { type: schema.type, message, expected: schema.expects, ...(path && { path }) });
  dataset.typed = false;
  return dataset;
}

/** Runs `schema` on the dataset itself. */
export function run(schema: AnySchema, dataset: Dataset, config: CheckConfig): Dataset {
  return schema["~run"](dataset as unknown as v.UnknownDataset, config) as Dataset;
}

/** Runs `schema` on a part of the dataset's value, and takes over what it finds. */
export function runPart(schema: AnySchema, dataset: Dataset, config: CheckConfig, step: PathItem): void {
  const part = run(schema, { typed: false, value: step.value }, config);
  if (!part.typed) dataset.typed = false;
  if (part.issues === undefined) return;
  for (const issue of part.issues) {
    (issue as { path?: PathItem[] }).path = issue.path === undefined ? [step] : [step, ...issue.path];
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
