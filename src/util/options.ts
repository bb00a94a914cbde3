/**
 * The one checker of options: of the client, of calls, threads, turns, transports, policies, tools and the test kit.
 *
 * TypeScript sees a wrong option; a JavaScript program, or one with a cast, would have it ignored in silence. Each kind of
 * options has a table with a check for every one of its names, of the type `OptionChecks<ItsOptions>`: an option that is
 * added to the type does not compile until it has its line there.
 *
 * ```ts ignore
 * interface NetOptions { readonly path?: string | undefined; readonly deadlineMs?: number | undefined }
 * const NET_OPTIONS: OptionChecks<NetOptions> = { path: text, deadlineMs: atLeast(0) };
 *
 * function openNet(options: NetOptions = {}) {
 *   checkOptions("openNet", options, NET_OPTIONS);
 * }
 * ```
 *
 * @module
 */
import { nearest } from "./nearest.ts";

/** Throws if a value is not what an option takes. `what` names the option in a message. Never sees `undefined`. */
export type Check = (value: unknown, what: string) => void;

/** A check for each option. Derived from the options' own type, so that neither can gain a name without the other. */
export type OptionChecks<O> = { readonly [K in keyof O]-?: Check };

/** What else can be said about names that are none. */
export interface OptionHints {
  /** Of names that people bring along from elsewhere, what is to be used instead, as the end of a sentence. */
  readonly elsewhere?: Readonly<Record<string, string>> | undefined;
  /** What to do for whoever passed no options at all but something else, as a sentence. */
  readonly instead?: string | undefined;
}

/**
 * Checks every option that was given. One that is `undefined` was not given.
 *
 * @param where Whose options they are, as in `new Codex`.
 * @throws {TypeError} If they are no object, if there is no such option, or if one is of another type.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkOptions(
  where: string,
  options: unknown,
  checks: Readonly<Record<string, Check>>,
  hints?: OptionHints,
): void {
  if (options === undefined) return;
  checkMembers(`${where}: the options`, (name) => `${where}: the option ${shown(name)}`, options, checks, hints);
}

function checkMembers(
  whole: string,
  part: (name: string) => string,
  given: unknown,
  checks: Readonly<Record<string, Check>>,
  { elsewhere = {}, instead }: OptionHints = {},
): void {
  if (!isPlain(given)) throw wrong(whole, `an object with any of ${listed(Object.keys(checks))}`, given, instead);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (Object.hasOwn(checks, name)) checks[name]!(value, part(name));
    else throw new TypeError(`${part(name)} does not exist. ${adviceFor(name, checks, elsewhere)}`);
  }
}

function adviceFor(
  name: string,
  checks: Readonly<Record<string, Check>>,
  elsewhere: Readonly<Record<string, string>>,
): string {
  if (Object.hasOwn(elsewhere, name)) return `Use ${elsewhere[name]}`;
  const names = Object.keys(checks);
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean ${near}?`;
  return names.length === 0 ? "There are none" : `There are ${listed(names)}`;
}

/**
 * Refuses options of which one makes the others meaningless: to ignore them in silence would hide a mistake.
 *
 * @throws {TypeError} If `one` is given together with any of `others`.
 */
export function checkAlone(
  where: string,
  options: object,
  one: string,
  others: readonly string[],
  because: string,
): void {
  const given = options as Readonly<Record<string, unknown>>;
  if (given[one] === undefined) return;
  const both = others.filter((name) => given[name] !== undefined);
  if (both.length === 0) return;
  throw new TypeError(`${where}: ${listed(both)} cannot be given beside ${one}: ${because}`);
}

/** Any string. */
export const text: Check = (value, what) => {
  if (typeof value !== "string") throw wrong(what, "a string", value);
};

/** `true` or `false`. */
export const flag: Check = (value, what) => {
  if (typeof value !== "boolean") throw wrong(what, "true or false", value);
};

/** Any function. */
export const callback: Check = (value, what) => {
  if (typeof value !== "function") throw wrong(what, "a function", value);
};

/** What an `AbortController` has as its `signal`. */
export const abortSignal: Check = (value, what) => {
  if (isObject(value) && typeof value["aborted"] === "boolean" && typeof value["addEventListener"] === "function") {
    return;
  }
  throw wrong(what, "an AbortSignal, such as controller.signal", value);
};

/** For what is checked where it is used. */
export const anything: Check = () => {};

/** A finite number of at least `min`, and at most `max`. */
export function atLeast(min: number, max: number = Number.MAX_VALUE): Check {
  return (value, what) => {
    const range = max === Number.MAX_VALUE ? `a number of at least ${min}` : `a number from ${min} to ${max}`;
    if (typeof value !== "number") throw wrong(what, range, value);
    if (!(value >= min && value <= max)) throw new RangeError(`${what} must be ${range}, found ${value}`);
  };
}

/** A finite number above 0. */
export const positive: Check = (value, what) => {
  if (typeof value !== "number") throw wrong(what, "a positive number", value);
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${what} must be a positive number, found ${value}`);
};

/** An integer of at least `min`. */
export function integer(min: number): Check {
  return (value, what) => {
    const range = `a whole number of at least ${min}`;
    if (typeof value !== "number") throw wrong(what, range, value);
    if (!Number.isSafeInteger(value) || value < min) throw new RangeError(`${what} must be ${range}, found ${value}`);
  };
}

/** One of some strings. */
export function oneOf(...values: readonly string[]): Check {
  return (value, what) => {
    if (values.includes(value as string)) return;
    const quoted = listed(values.map((name) => JSON.stringify(name)), "or");
    const near = typeof value === "string" ? nearest(value, values) : undefined;
    throw wrong(what, quoted, value, near === undefined ? undefined : `Did you mean ${JSON.stringify(near)}?`);
  };
}

/** A list, each of whose entries passes `check`. */
export function listOf(wanted: string, check: Check): Check {
  return (value, what) => {
    if (!Array.isArray(value)) throw wrong(what, wanted, value);
    value.forEach((entry: unknown, index) => check(entry, `${what}[${index}]`));
  };
}

/** An object with keys of the user's own, each of whose values passes `check`, or is `undefined`. */
export function recordOf(wanted: string, check: Check): Check {
  return (value, what) => {
    if (!isPlain(value)) throw wrong(what, wanted, value);
    for (const [name, entry] of Object.entries(value)) if (entry !== undefined) check(entry, `${what}${member(name)}`);
  };
}

/** Options within options. */
export function options(checks: Readonly<Record<string, Check>>, hints?: OptionHints): Check {
  return (value, what) => checkMembers(what, (name) => `${what}${member(name)}`, value, checks, hints);
}

/** An object that has these methods or members. */
export function objectWith(wanted: string, ...members: readonly string[]): Check {
  return (value, what) => {
    if (isObject(value) && members.every((name) => value[name] !== undefined)) return;
    throw wrong(what, wanted, value);
  };
}

/** The error of a value of the wrong type. The value itself may be a secret, and is not shown. */
export function wrong(what: string, wanted: string, found: unknown, advice?: string): TypeError {
  return new TypeError(`${what} must be ${wanted}, found ${kindOf(found)}${advice === undefined ? "" : `. ${advice}`}`);
}

/** Some names as a part of a sentence. */
export function listed(names: readonly string[], word = "and"): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Promise) return "a promise (is an await missing?)";
  return typeof value === "object"
    ? "an object"
    : typeof value === "string" && value === ""
    ? "an empty string"
    : `a ${typeof value}`;
}

const isName = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name);

function shown(name: string): string {
  return isName(name) ? name : JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
}

function member(name: string): string {
  return isName(name) ? `.${name}` : `[${shown(name)}]`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) && !(value instanceof Promise);
}
