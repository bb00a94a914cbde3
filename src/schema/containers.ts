/**
 * Objects, arrays and records: validated in place, part by part.
 *
 * Their properties are valibot's own (`entries`, `item`, `value`), so that valibot's tools can look into them.
 *
 * @module
 */
import { addIssue, type Dataset, isObject, Kind, mismatch, type Run, run, runPart, step } from "./kind.ts";
import { maskOf, passes } from "./mask.ts";
import type { AnySchema, SchemaConfig } from "./schema.ts";

type Entries = Readonly<Record<string, AnySchema>>;

/** An object's entries, laid out for a fast walk. */
interface Plan {
  readonly entries: Entries;
  readonly keys: readonly string[];
  readonly schemas: readonly AnySchema[];
  readonly masks: readonly number[];
  /** The keys of an object without a fault, in its own order, and their masks. */
  like: Pick<Plan, "keys" | "masks"> | undefined;
  /** How many such objects were not like it. */
  others: number;
}

/** Objects that take turns with their keys must not each be learned. */
const RELEARN_EVERY = 8;

/** An object: what its entries do not list is kept, and not looked at. */
export class ObjectKind extends Kind {
  readonly type = "loose_object";
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
  const plan = this.plan!;
  if (plan.like !== undefined && isLike(plan.like, input)) return dataset;
  const { keys, schemas, masks } = plan;
  let listed = 0;
  let plain = true;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = input[key];
    if (value !== undefined) listed++;
    if (passes(value, masks[i]!)) continue;
    plain = false;
    if (value === undefined) missing(schemas[i]!, dataset, config, input, key);
    else runPart(schemas[i]!, dataset, config, input, key, value);
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  if (hasMoreKeys(input, listed)) {
    if (config.unknownKeys === true && !this.open) reportUnknownKeys(entries, dataset, config, input);
  } else if (plain && plan.others++ % RELEARN_EVERY === 0) {
    const order = Object.keys(input);
    plan.like = { keys: order, masks: order.map((key) => masks[keys.indexOf(key)]!) };
  }
  return dataset;
}

/**
 * Whether the object has these keys in this order, with values whose types say enough. Most objects follow their like,
 * and a walk along their own keys spares looking up each of the schema's: a third of the time that a delta takes here.
 */
function isLike({ keys, masks }: Pick<Plan, "keys" | "masks">, input: Input): boolean {
  let i = 0;
  for (const key in input) {
    if (key !== keys[i] || !passes(input[key], masks[i]!)) return false;
    i++;
  }
  return i === keys.length;
}

function planOf(entries: Entries): Plan {
  const keys = Object.keys(entries);
  const schemas = keys.map((key) => entries[key]!);
  return { entries, keys, schemas, masks: schemas.map(maskOf), like: undefined, others: 0 };
}

type Input = Record<string, unknown>;

function missing(schema: AnySchema, dataset: Dataset, config: SchemaConfig, input: Input, key: string): void {
  const { expects } = schema;
  // An older peer, which does not know the property, has nothing to say of it: to whoever reads it, that is null.
  const mayMiss = schema.type === "later" || run(schema, { typed: false, value: null }, config).issues === undefined;
  const message = `Missing: Expected ${expects} but found no "${key}"`;
  const type = mayMiss ? "missing_key" : "loose_object";
  addIssue(dataset, config, { type, message, expected: expects, path: step(input, key, undefined) });
  if (!mayMiss) dataset.typed = false;
}

/** Whether there are more than so many keys. Counting them takes a fifth of the time of looking each one up. */
function hasMoreKeys(input: Input, count: number): boolean {
  let left = count;
  for (const _key in input) if (left-- === 0) return true;
  return false;
}

function reportUnknownKeys(entries: Entries, dataset: Dataset, config: SchemaConfig, input: Input): void {
  for (const key of Object.keys(input)) {
    if (Object.hasOwn(entries, key) || input[key] === undefined) continue;
    const path = step(input, key, input[key]);
    addIssue(dataset, config, { type: "unknown_key", message: `Unknown key "${key}"`, path });
  }
}

/** An array. */
export class ArrayKind extends Kind {
  readonly type = "array";
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
    runPart(this.item, dataset, config, input, i, input[i]);
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  return dataset;
}

/** An object whose keys are data. */
export class RecordKind extends Kind {
  readonly type = "record";
  readonly expects = "Object";
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
    runPart(this.value, dataset, config, input, key, value);
    if (config.abortEarly === true && dataset.issues !== undefined) return dataset;
  }
  return dataset;
}
