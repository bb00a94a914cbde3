/**
 * Enums and unions: the kinds that a newer server may extend, and so the places where drift shows.
 *
 * @module
 */
import { addIssue, type Dataset, describe, isObject, Kind, mismatch, type Run, run, runPart, step } from "./kind.ts";
import type { AnySchema, SchemaConfig } from "./schema.ts";

type Entries = Readonly<Record<string, AnySchema>>;

/** One of several strings. */
export class LiteralsKind extends Kind {
  readonly type = "picklist";
  readonly options: readonly string[];
  known: Set<unknown> | undefined;
  readonly "~run": Run<LiteralsKind> = runLiterals;

  constructor(options: readonly string[]) {
    super();
    this.options = options;
  }

  get expects(): string {
    return oneOf(this.options);
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

/** An object whose `key` says which of the variants it is. */
export class TaggedKind extends Kind {
  readonly type = "variant";
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
  const expected = oneOf(this.variants.keys());
  if (typeof value !== "string") {
    const message = `Invalid type: Expected ${expected} but received ${describe(value)}`;
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

/** A string, or an object whose single key says which of the variants it is. */
export class KeyedKind extends Kind {
  readonly type = "keyed";
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
    if (!this.values.includes(input)) unknownValue(oneOf(this.values), dataset, config);
    return dataset;
  }
  if (!isObject(input)) return mismatch(this, dataset, config);
  const table = this.table ??= new Map(Object.entries(this.build()));
  const keys = Object.keys(input);
  const key = keys.find((name) => table.has(name));
  if (key !== undefined) {
    runPart(table.get(key)!, dataset, config, input, key, input[key]);
    return dataset;
  }
  if (keys.length !== 1) return mismatch(this, dataset, config);
  const expected = oneOf(table.keys());
  const path = step(input, keys[0]!, input[keys[0]!]);
  addIssue(dataset, config, { type: "unknown_variant", message: `Unknown variant "${keys[0]}"`, expected, path });
  return dataset;
}

/** Whatever else: told apart by trying. */
export class AnyOfKind extends Kind {
  readonly type = "union";
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

/** The strings as valibot writes a choice: `("a" | "b")`. */
function oneOf(strings: Iterable<unknown>): string {
  const quoted = [...strings].map((each) => JSON.stringify(each));
  return quoted.length === 1 ? quoted[0]! : `(${quoted.join(" | ")})`;
}
