/**
 * How the schema kinds of `support.ts` validate. Their properties are valibot's own (`entries`, `item`, `options`), so
 * that valibot's tools can look into them; what those hold is built when it is first asked for.
 *
 * @module
 */
import * as v from "valibot";
import { addIssue, type Dataset, describe, mismatch, run, runPart, step } from "./issue.ts";
import { maskOf, passes } from "./mask.ts";
import type { AnySchema, SchemaConfig } from "./schema.ts";

type Entries = Readonly<Record<string, AnySchema>>;

type Run<K> = (this: K, dataset: Dataset, config: SchemaConfig) => Dataset;

/** What every schema has. `~run` is an own property, so that valibot's object tools, which copy schemas, keep it. */
abstract class Kind {
  readonly kind = "schema";
  readonly async = false;
  abstract readonly type: string;
  abstract readonly expects: string;

  get "~standard"(): unknown {
    const validate = (value: unknown) => (this as unknown as AnySchema)["~run"]({ value }, v.getGlobalConfig());
    return { version: 1, vendor: "valibot", validate };
  }
}

/** An object's entries, laid out for a fast walk. */
interface Plan {
  readonly entries: Entries;
  readonly keys: readonly string[];
  readonly schemas: readonly AnySchema[];
  readonly masks: readonly number[];
}

export class ObjectKind extends Kind {
  readonly type = "loose_object";
  readonly reference: unknown = v.looseObject;
  readonly expects = "Object";
  readonly open: boolean;
  readonly build: () => Entries;
  built: Entries | undefined;
  plan: Plan | undefined;
  readonly "~run": Run<ObjectKind> = runObject;

  constructor(build: () => Entries, open: boolean) {
    super();
    this.build = build;
    this.open = open;
  }

  get entries(): Entries {
    return this.built ??= this.build();
  }
}

function runObject(this: ObjectKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const input = dataset.value;
  if (!isObject(input)) return mismatch(this, dataset, config);
  dataset.typed = true;
  const entries = this.entries;
  if (this.plan?.entries !== entries) this.plan = planOf(entries);
  const { keys, schemas, masks } = this.plan!;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = input[key];
    if (passes(value, masks[i]!)) continue;
    if (value === undefined) missing(schemas[i]!, dataset, config, input, key);
    else runPart(schemas[i]!, dataset, config, step(input, key, value));
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  if (config.unknownKeys === true && !this.open) reportUnknownKeys(entries, dataset, config, input);
  return dataset;
}

function planOf(entries: Entries): Plan {
  const keys = Object.keys(entries);
  const schemas = keys.map((key) => entries[key]!);
  return { entries, keys, schemas, masks: schemas.map(maskOf) };
}

function missing(
  schema: AnySchema,
  dataset: Dataset,
  config: SchemaConfig,
  input: Record<string, unknown>,
  key: string,
) {
  const message = `Missing: Expected ${schema.expects} but found no "${key}"`;
  addIssue(dataset, config, {
    type: "loose_object",
    message,
    expected: schema.expects,
    path: step(input, key, undefined),
  });
  dataset.typed = false;
}

function reportUnknownKeys(entries: Entries, dataset: Dataset, config: SchemaConfig, input: Record<string, unknown>) {
  for (const key of Object.keys(input)) {
    if (Object.hasOwn(entries, key) || input[key] === undefined) continue;
    addIssue(dataset, config, {
      type: "unknown_key",
      message: `Unknown key "${key}"`,
      path: step(input, key, input[key]),
    });
  }
}

export class ArrayKind extends Kind {
  readonly type = "array";
  readonly reference: unknown = v.array;
  readonly expects = "Array";
  readonly item: AnySchema;
  readonly "~run": Run<ArrayKind> = runArray;

  constructor(item: AnySchema) {
    super();
    this.item = item;
  }
}

function runArray(this: ArrayKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const input = dataset.value;
  if (!Array.isArray(input)) return mismatch(this, dataset, config);
  dataset.typed = true;
  const mask = maskOf(this.item);
  for (let i = 0; i < input.length; i++) {
    if (passes(input[i], mask)) continue;
    runPart(this.item, dataset, config, { type: "array", origin: "value", input, key: i, value: input[i] });
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  return dataset;
}

export class RecordKind extends Kind {
  readonly type = "record";
  readonly reference: unknown = v.record;
  readonly expects = "Object";
  readonly key: unknown = v.string();
  readonly value: AnySchema;
  readonly "~run": Run<RecordKind> = runRecord;

  constructor(value: AnySchema) {
    super();
    this.value = value;
  }
}

function runRecord(this: RecordKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const input = dataset.value;
  if (!isObject(input)) return mismatch(this, dataset, config);
  dataset.typed = true;
  const mask = maskOf(this.value);
  for (const key of Object.keys(input)) {
    const value = input[key];
    if (value === undefined || passes(value, mask)) continue;
    runPart(this.value, dataset, config, step(input, key, value));
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  return dataset;
}

export class LiteralsKind extends Kind {
  readonly type = "picklist";
  readonly reference: unknown = v.picklist;
  readonly options: readonly string[];
  known: Set<unknown> | undefined;
  readonly "~run": Run<LiteralsKind> = runLiterals;

  constructor(options: readonly string[]) {
    super();
    this.options = options;
  }

  get expects(): string {
    return this.options.length === 1 ? `"${this.options[0]}"` : `(${this.options.map((o) => `"${o}"`).join(" | ")})`;
  }
}

function runLiterals(this: LiteralsKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const known = this.known ??= new Set(this.options);
  if (!known.has(dataset.value)) {
    if (typeof dataset.value !== "string") return mismatch(this, dataset, config);
    unknownValue(this.expects, dataset, config);
  }
  dataset.typed = true;
  return dataset;
}

export class TaggedKind extends Kind {
  readonly type = "variant";
  readonly reference: unknown = v.variant;
  readonly expects = "Object";
  readonly key: string;
  readonly build: () => Entries;
  table: Map<unknown, AnySchema> | undefined;
  readonly "~run": Run<TaggedKind> = runTagged;

  constructor(key: string, build: () => Entries) {
    super();
    this.key = key;
    this.build = build;
  }

  get variants(): Map<unknown, AnySchema> {
    return this.table ??= new Map(Object.entries(this.build()));
  }

  get options(): AnySchema[] {
    return [...this.variants.values()];
  }
}

function runTagged(this: TaggedKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const input = dataset.value;
  if (!isObject(input)) return mismatch(this, dataset, config);
  const value = input[this.key];
  const variant = this.variants.get(value);
  if (variant !== undefined) return run(variant, dataset, config);
  const at = step(input, this.key, value);
  const expected = [...this.variants.keys()].map((known) => `"${known}"`).join(" | ");
  if (typeof value !== "string") {
    const message = `Invalid type: Expected (${expected}) but received ${describe(value)}`;
    addIssue(dataset, config, { type: "variant", message, expected, path: at });
    dataset.typed = false;
    return dataset;
  }
  addIssue(dataset, config, {
    type: "unknown_variant",
    message: `Unknown variant ${describe(value)}`,
    expected,
    path: at,
  });
  dataset.typed = true;
  return dataset;
}

export class KeyedKind extends Kind {
  readonly type = "keyed";
  readonly reference: unknown = v.union;
  readonly expects = "(string | Object)";
  readonly values: readonly string[];
  readonly build: () => Entries;
  table: Map<string, AnySchema> | undefined;
  readonly "~run": Run<KeyedKind> = runKeyed;

  constructor(values: readonly string[], build: () => Entries) {
    super();
    this.values = values;
    this.build = build;
  }
}

function runKeyed(this: KeyedKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const input = dataset.value;
  dataset.typed = true;
  if (typeof input === "string") {
    if (!this.values.includes(input)) unknownValue(this.values.map((o) => `"${o}"`).join(" | "), dataset, config);
    return dataset;
  }
  if (!isObject(input)) return mismatch(this, dataset, config);
  const table = this.table ??= new Map(Object.entries(this.build()));
  const keys = Object.keys(input);
  const key = keys.find((name) => table.has(name));
  if (key !== undefined) {
    runPart(table.get(key)!, dataset, config, step(input, key, input[key]));
    return dataset;
  }
  if (keys.length !== 1) return mismatch(this, dataset, config);
  const expected = [...table.keys()].map((known) => `"${known}"`).join(" | ");
  const path = step(input, keys[0]!, input[keys[0]!]);
  addIssue(dataset, config, { type: "unknown_variant", message: `Unknown variant "${keys[0]}"`, expected, path });
  return dataset;
}

export class AnyOfKind extends Kind {
  readonly type = "union";
  readonly reference: unknown = v.union;
  readonly build: () => readonly AnySchema[];
  built: readonly AnySchema[] | undefined;
  readonly "~run": Run<AnyOfKind> = runAnyOf;

  constructor(build: () => readonly AnySchema[]) {
    super();
    this.build = build;
  }

  get options(): readonly AnySchema[] {
    return this.built ??= this.build();
  }

  get expects(): string {
    return `(${[...new Set(this.options.map((option) => option.expects))].join(" | ")})`;
  }
}

function runAnyOf(this: AnyOfKind, dataset: Dataset, config: SchemaConfig): Dataset {
  let best: Dataset | undefined;
  for (const option of this.options) {
    const result = run(option, { typed: false, value: dataset.value }, config);
    if (result.issues === undefined) {
      dataset.typed = true;
      return dataset;
    }
    if (best === undefined || fitsBetter(result, best)) best = result;
  }
  // No option got past the value itself: the best guess would say "expected string" where an array would do as well.
  if (best?.issues?.[0].path === undefined && best?.typed !== true) return mismatch(this, dataset, config);
  dataset.typed = best.typed;
  dataset.issues = best.issues!;
  return dataset;
}

function fitsBetter(a: Dataset, b: Dataset): boolean {
  if (a.typed !== b.typed) return a.typed;
  const [deepA, deepB] = [a.issues![0].path !== undefined, b.issues![0].path !== undefined];
  if (deepA !== deepB) return deepA;
  return a.issues!.length < b.issues!.length;
}

function unknownValue(expected: string, dataset: Dataset, config: SchemaConfig): void {
  const message = `Unknown value: Expected ${expected} but received ${describe(dataset.value)}`;
  addIssue(dataset, config, { type: "unknown_value", message, expected });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
