/**
 * What a generated schema is: a valibot schema, spelled out so that the protocol's types stand on their own.
 *
 * @module
 */

/**
 * A valibot schema (and so a Standard Schema) for exactly `T`: one for a narrower or wider type is not assignable.
 * Takes part in everything that valibot does with schemas.
 */
export type Schema<T> = ExactSchema<T, Required<T>>;

/**
 * {@linkcode Schema}, with the required form of its type beside it: without that, the compiler would not see whether an
 * optional property is there at all.
 */
export interface ExactSchema<T, Members> extends AnySchema {
  /** The Standard Schema interface. */
  readonly "~standard": SchemaStandard<T>;
  /** Validates what the dataset holds. */
  readonly "~run": (dataset: SchemaInput, config: SchemaConfig) => SchemaOutput<T>;
  /** Never present: what the types are. */
  readonly "~types"?: { readonly input: unknown; readonly output: T; readonly issue: SchemaIssue } | undefined;
  /** Never present: makes the compiler compare in both directions. */
  readonly "~exact"?: (value: [T, Members]) => [T, Members];
}

/** A schema of whatever type. */
export interface AnySchema {
  /** What valibot calls this. */
  readonly kind: "schema";
  /** Which kind of schema it is, as in `picklist`. */
  readonly type: string;
  /** The valibot function that makes such schemas. */
  readonly reference: (...args: readonly unknown[]) => AnySchema;
  /** What it expects, for messages. */
  readonly expects: string;
  /** Nothing here is asynchronous. */
  readonly async: false;
  /** The Standard Schema interface. */
  readonly "~standard": SchemaStandard<unknown>;
  /** Validates what the dataset holds. */
  readonly "~run": (dataset: SchemaInput, config: SchemaConfig) => SchemaOutput<unknown>;
  /** Never present: what the types are. */
  readonly "~types"?: { readonly input: unknown; readonly output: unknown; readonly issue: SchemaIssue } | undefined;
}

/** The Standard Schema interface of a schema. */
export interface SchemaStandard<T> {
  /** The version of the standard. */
  readonly version: 1;
  /** Whose schema it is. */
  readonly vendor: "valibot";
  /** Validates strictly: drift is an issue like any other. */
  readonly validate: (value: unknown) => SchemaOutput<T>;
  /** Never present: what the types are. */
  readonly types?: { readonly input: unknown; readonly output: T } | undefined;
}

/** What goes into a schema. */
export interface SchemaInput {
  /** Not yet. */
  typed?: false;
  /** The value. */
  value: unknown;
  /** None yet. */
  issues?: undefined;
}

/** What comes out of a schema. `typed: true` with issues: the value is usable, but has something that is unknown. */
export type SchemaOutput<T> =
  | { typed: true; value: T; issues?: undefined }
  | { typed: true; value: T; issues: [SchemaIssue, ...SchemaIssue[]] }
  | { typed: false; value: unknown; issues: [SchemaIssue, ...SchemaIssue[]] };

/** How to validate: what valibot's functions take as their last argument, and one thing more. */
export interface SchemaConfig {
  /** The language of messages. */
  readonly lang?: string | undefined;
  /** Stop at the first issue. */
  readonly abortEarly?: boolean | undefined;
  /** Stop a pipe at its first issue. */
  readonly abortPipeEarly?: boolean | undefined;
  /** Report keys that no schema lists, as drift. Costs time. Default `false`. */
  readonly unknownKeys?: boolean | undefined;
}

/**
 * The `type` of an issue that says that the peer is of another version: it knows more than this SDK (`unknown_...`), or
 * it does not know yet what may be `null`, or came later than the oldest version that is supported (`missing_key`).
 */
export type DriftType = "unknown_key" | "unknown_value" | "unknown_variant" | "missing_key";

/** Something that does not fit. {@linkcode DriftType} lists the types that are no violation. */
export interface SchemaIssue extends SchemaConfig {
  /** What found it. */
  readonly kind: "schema" | "validation" | "transformation";
  /** The kind of schema, or the kind of drift. */
  readonly type: string;
  /** The part that does not fit. */
  readonly input: unknown;
  /** What was expected. */
  readonly expected: string | null;
  /** What was found, in few words. */
  readonly received: string;
  /** Both in a sentence. */
  readonly message: string;
  /** Where, from the outermost value inwards. */
  readonly path?: [SchemaPathItem, ...SchemaPathItem[]] | undefined;
}

/** One step of a path. */
export type SchemaPathItem =
  | {
    readonly type: "array";
    readonly origin: "value";
    readonly input: unknown[];
    readonly key: number;
    readonly value: unknown;
  }
  | {
    readonly type: "object";
    readonly origin: "value";
    readonly input: Record<string, unknown>;
    readonly key: string;
    readonly value: unknown;
  };
