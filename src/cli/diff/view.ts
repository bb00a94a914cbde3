/**
 * A version of the protocol, flat enough to be compared: methods, types, and of each type its fields and values by path.
 *
 * Read leniently, for it must read versions that nobody has seen yet: what a schema says in a new way is passed over. (The
 * generator of `gen/` stops there instead.)
 *
 * @module
 */

/** What both fields and values have. */
export interface Part {
  /** The description, on one line. */
  readonly docs: string;
  /** Whether only `--experimental` shows it. */
  readonly experimental: boolean;
}

/** A field, by its path within its type: `cwd`, `items[].id`, of a variant `commandExecution.exitCode`. */
export interface Field extends Part {
  /** The type, as people write it: `string | null`, `Turn[]`. */
  readonly type: string;
  readonly required: boolean;
}

/** A named type. */
export interface Type extends Part {
  readonly fields: ReadonlyMap<string, Field>;
  /** The values of enums, and the tags of variants: `"read-only"`, or `mode = "plan"` for one within. */
  readonly values: ReadonlyMap<string, Part>;
  /** What it is another name of, if it is one of a plain type: `string`. */
  readonly plain: string | null;
  /** The types that it names. */
  readonly refs: ReadonlySet<string>;
}

/** Something that can be called or told. */
export interface Method extends Part {
  /** The type of the params, if they have a name. */
  readonly params: string | null;
}

/** The kinds of methods, and the files that have them. */
export const METHOD_FILES = {
  request: "ClientRequest.json",
  notification: "ServerNotification.json",
  "server request": "ServerRequest.json",
} as const;

/** A kind of method. */
export type MethodKind = keyof typeof METHOD_FILES;

/** A version of the protocol. */
export interface View {
  /** What it is called: `0.169.0`, or a path. */
  readonly name: string;
  readonly methods: Readonly<Record<MethodKind, ReadonlyMap<string, Method>>>;
  readonly types: ReadonlyMap<string, Type>;
  /** Whether it is known what of it is experimental. */
  readonly knowsExperimental: boolean;
}
