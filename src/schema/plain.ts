/**
 * Values without parts, and what stands around another schema: may be `null`, may be absent, is built later.
 *
 * Each has valibot's name, properties and messages. Valibot itself has them all in one file with everything else that it
 * can do, and is not loaded for them: 5 ms of a start, and 1 to 3 MB.
 *
 * @module
 */
import { type Dataset, Kind, mismatch, type Run, run } from "./kind.ts";
import type { AnySchema, SchemaConfig } from "./schema.ts";

/** A value whose type says it all. */
export class TypeKind extends Kind {
  readonly type: "string" | "number" | "boolean";
  readonly expects: string;
  readonly "~run": Run<TypeKind> = runType;

  constructor(type: TypeKind["type"]) {
    super();
    this.type = type;
    this.expects = type;
  }
}

function runType(this: TypeKind, dataset: Dataset, config: SchemaConfig): Dataset {
  // `NaN` is the one value that is not itself.
  if (typeof dataset.value !== this.type || dataset.value !== dataset.value) return mismatch(this, dataset, config);
  dataset.typed = true;
  return dataset;
}

/** Whatever it is. */
export class UnknownKind extends Kind {
  readonly type = "unknown";
  readonly expects = "unknown";
  readonly "~run": Run<UnknownKind> = accept;
}

function accept(dataset: Dataset): Dataset {
  dataset.typed = true;
  return dataset;
}

/** Exactly one string. */
export class LiteralKind extends Kind {
  readonly type = "literal";
  readonly literal: string;
  readonly "~run": Run<LiteralKind> = runLiteral;

  constructor(literal: string) {
    super();
    this.literal = literal;
  }

  get expects(): string {
    return JSON.stringify(this.literal);
  }
}

function runLiteral(this: LiteralKind, dataset: Dataset, config: SchemaConfig): Dataset {
  return dataset.value === this.literal ? accept(dataset) : mismatch(this, dataset, config);
}

/** What may also be `null`, or also be absent. */
export class WrappedKind extends Kind {
  readonly type: "nullable" | "optional";
  readonly wrapped: AnySchema;
  readonly "~run": Run<WrappedKind> = runWrapped;

  constructor(type: WrappedKind["type"], wrapped: AnySchema) {
    super();
    this.type = type;
    this.wrapped = wrapped;
  }

  get expects(): string {
    return `(${this.wrapped.expects} | ${this.type === "nullable" ? "null" : "undefined"})`;
  }
}

function runWrapped(this: WrappedKind, dataset: Dataset, config: SchemaConfig): Dataset {
  const free = this.type === "nullable" ? null : undefined;
  return dataset.value === free ? accept(dataset) : run(this.wrapped, dataset, config);
}

/** What is built when it is first used. */
export class LazyKind extends Kind {
  readonly type = "lazy";
  readonly expects = "unknown";
  readonly getter: () => AnySchema;
  readonly "~run": Run<LazyKind> = runLazy;

  constructor(build: () => AnySchema) {
    super();
    let built: AnySchema | undefined;
    this.getter = () => built ??= build();
  }
}

function runLazy(this: LazyKind, dataset: Dataset, config: SchemaConfig): Dataset {
  return run(this.getter(), dataset, config);
}
