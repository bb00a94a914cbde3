/**
 * What differs between two versions.
 *
 * @module
 */
import { reachOf } from "./reach.ts";
import { type Field, METHOD_FILES, type MethodKind, type Part, type Type, type View } from "./view.ts";

/** What happened to something. */
export type Kind = "gone" | "new" | "changed" | "stable" | "experimental" | "meaning";

/** One difference. */
export interface Change {
  /** `stable`: no longer experimental; `experimental`: the way back; `meaning`: its description says something else. */
  readonly kind: Kind;
  readonly what: MethodKind | "type" | "field" | "value";
  /** `thread/start`, `Turn`, `Turn.items`, `SandboxMode "read-only"`. */
  readonly name: string;
  /** What programs written for the old one may stumble over. */
  readonly breaking: boolean;
  /** Whether the new one (of what is gone: the old one) is experimental. */
  readonly experimental: boolean;
  /** The methods that carry it, where it is none itself. */
  readonly methods: readonly string[];
  /** What was, and what is: types, descriptions. */
  readonly before?: string;
  readonly after?: string;
}

/** Everything that differs, in a stable order. */
export function compareViews(older: View, newer: View): readonly Change[] {
  const comparison = new Comparison(older, newer);
  for (const kind of Object.keys(METHOD_FILES) as MethodKind[]) comparison.methods(kind);
  comparison.types();
  return comparison.changes;
}

/** How the fields of a type travel. */
interface Way {
  readonly methods: readonly string[];
  readonly sent: boolean;
  readonly received: boolean;
}

class Comparison {
  readonly changes: Change[] = [];
  readonly #older: View;
  readonly #newer: View;
  readonly #reach: { readonly older: ReturnType<typeof reachOf>; readonly newer: ReturnType<typeof reachOf> };
  readonly #knowsExperimental: boolean;

  constructor(older: View, newer: View) {
    this.#older = older;
    this.#newer = newer;
    this.#reach = { older: reachOf(older), newer: reachOf(newer) };
    this.#knowsExperimental = older.knowsExperimental && newer.knowsExperimental;
  }

  methods(what: MethodKind): void {
    const before = this.#older.methods[what];
    const after = this.#newer.methods[what];
    for (const name of union(before, after)) {
      // A question that no client knows how to answer stops the agent.
      this.#part(what, name, before.get(name), after.get(name), {
        isNewBreaking: what === "server request",
        methods: [],
      });
    }
  }

  types(): void {
    for (const name of union(this.#older.types, this.#newer.types)) {
      const before = this.#older.types.get(name);
      const after = this.#newer.types.get(name);
      const way = this.#way(name);
      this.#part("type", name, before, after, { isNewBreaking: false, methods: way.methods });
      if (before !== undefined && after !== undefined) this.#members(name, before, after, way);
    }
  }

  #members(type: string, before: Type, after: Type, way: Way): void {
    for (const path of union(before.fields, after.fields)) {
      if (comesWithAnother(path, before, after)) continue;
      const [was, is] = [before.fields.get(path), after.fields.get(path)];
      const name = `${type}.${path}`;
      const isNewBreaking = is?.required === true && way.sent;
      this.#part("field", name, was, is, { isNewBreaking, methods: way.methods });
      if (was !== undefined && is !== undefined) this.#field(name, was, is, way);
    }
    for (const value of union(before.values, after.values)) {
      const path = /^(.+) = "[^"]*"$/.exec(value)?.[1];
      if (path !== undefined && isOneSided(path, before.fields, after.fields)) continue;
      const [was, is] = [before.values.get(value), after.values.get(value)];
      this.#part("value", `${type} ${value}`, was, is, { isNewBreaking: false, methods: way.methods });
    }
  }

  #field(name: string, was: Field, is: Field, way: Way): void {
    const [before, after] = [describe(was), describe(is)];
    if (before === after) return;
    const breaking = !onlyWider(plain(was.type, this.#older), plain(is.type, this.#newer), way) ||
      way.sent && is.required && !was.required || way.received && was.required && !is.required;
    this.#add(
      { kind: "changed", what: "field", name, breaking, experimental: is.experimental, before, after },
      way.methods,
    );
  }

  #part(
    what: Change["what"],
    name: string,
    was: Part | undefined,
    is: Part | undefined,
    { isNewBreaking, methods }: { readonly isNewBreaking: boolean; readonly methods: readonly string[] },
  ): void {
    if (was === undefined && is !== undefined) {
      const after = is.docs === "" ? {} : { after: is.docs };
      this.#add({ kind: "new", what, name, breaking: isNewBreaking, experimental: is.experimental, ...after }, methods);
    } else if (was !== undefined && is === undefined) {
      this.#add({ kind: "gone", what, name, breaking: true, experimental: was.experimental }, methods);
    } else if (was !== undefined && is !== undefined) {
      const { experimental } = is;
      if (this.#knowsExperimental && was.experimental !== experimental) {
        const kind = experimental ? "experimental" : "stable";
        this.#add({ kind, what, name, breaking: experimental, experimental }, methods);
      }
      if (was.docs !== is.docs) {
        const texts = { before: was.docs, after: is.docs };
        this.#add({ kind: "meaning", what, name, breaking: false, experimental, ...texts }, methods);
      }
    }
  }

  #add(change: Omit<Change, "methods">, methods: readonly string[]): void {
    this.changes.push({ ...change, methods });
  }

  #way(name: string): Way {
    const [older, newer] = [this.#reach.older.get(name), this.#reach.newer.get(name)];
    const methods = [...new Set([...newer?.methods ?? [], ...older?.methods ?? []])].sort();
    const either = (key: "sent" | "received") => older?.[key] === true || newer?.[key] === true;
    return { methods, sent: either("sent"), received: either("received") || /Response$/.test(name) };
  }
}

/** Whether only one of the two has something. */
function isOneSided(key: string, before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): boolean {
  return before.has(key) !== after.has(key);
}

/** Whether a field comes, or goes, with a field or a variant that it lies in: then that says it all. */
function comesWithAnother(path: string, before: Type, after: Type): boolean {
  const steps = path.split(".");
  return steps.slice(1).some((_, index) => {
    const outer = steps.slice(0, index + 1).join(".");
    const last = steps[index]!;
    const base = steps.slice(0, index).join(".");
    const value = base === "" ? `"${last}"` : `${base} = "${last}"`;
    return isOneSided(outer.replace(/(?:\[\]|\{\})+$/, ""), before.fields, after.fields) ||
      isOneSided(value, before.values, after.values);
  });
}

/** A type with the names of plain types replaced by what they stand for. */
function plain(type: string, { types }: View): string {
  return type.replace(/\b[A-Z]\w*/g, (name) => types.get(name)?.plain ?? name);
}

const describe = ({ type, required }: Field) => required ? type : `${type}, optional`;

/** What clients only send may become more, and what they only receive may become less. */
function onlyWider(was: string, is: string, { sent, received }: Way): boolean {
  const [old, now] = [new Set(was.split(" | ")), new Set(is.split(" | "))];
  const within = (some: ReadonlySet<string>, all: ReadonlySet<string>) => [...some].every((type) => all.has(type));
  return (!sent || within(old, now)) && (!received || within(now, old));
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}
