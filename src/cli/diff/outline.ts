import type { Change, Kind } from "./compare.ts";
import type { Touch } from "./touches.ts";
import type { View } from "./view.ts";

/** What the tool has to tell. */
export interface Report {
  readonly older: View;
  readonly newer: View;
  readonly changes: readonly Change[];
  /** `null` if nobody asked whom it touches. */
  readonly touches: readonly Touch[] | null;
}

/** A heading and what stands below it. */
export interface Chapter {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** One line for people. */
export interface Entry {
  readonly what: string;
  readonly name: string;
  /** What is to be said of it, such as `string -> number`. */
  readonly note: string;
}

/** The report in the order in which people want to know: what breaks, then what there is. */
export function outline({ changes, touches }: Report): readonly Chapter[] {
  const gone = new Set(changes.filter(({ kind }) => kind === "gone").map(({ name }) => name));
  const moved = new Set(changes.filter(({ kind }) => kind === "stable" || kind === "experimental").map(keyOf));
  // What a type says of itself where a method, or a field where its type, has said it already.
  const isNews = (change: Change) => {
    const { what, kind, name, methods } = change;
    const by = (key: string) => moved.has(`${kind} ${key}`);
    if (kind === "stable" || kind === "experimental") {
      return isCall(change) || !methods.some(by) && (what === "type" || !by(/^\w+/.exec(name)?.[0] ?? ""));
    }
    // A new type is told of by the fields that have it; one that goes with its only methods, by these.
    return what !== "type" || kind !== "new" && (kind !== "gone" || methods.some((method) => !gone.has(method)));
  };
  const of = (filter: (change: Change) => boolean) =>
    changes.filter((each) => isNews(each) && filter(each)).map(entryOf);
  const isStable = ({ experimental, kind }: Change) => !experimental || kind === "experimental";
  const chapters: readonly Chapter[] = [
    { title: "Touched files", entries: touchedFiles(touches ?? []) },
    { title: "Breaks what was written for the older one", entries: of((each) => each.breaking && isStable(each)) },
    { title: "Breaks, of what was experimental", entries: of((each) => each.breaking && !isStable(each)) },
    { title: "No longer experimental", entries: of(({ kind }) => kind === "stable") },
    { title: "New methods", entries: of((each) => each.kind === "new" && isCall(each) && isStable(each)) },
    { title: "New fields and values", entries: of((each) => each.kind === "new" && !isCall(each) && isStable(each)) },
    { title: "Changed", entries: of(({ kind, breaking }) => kind === "changed" && !breaking) },
    { title: "New, and experimental", entries: of((each) => each.kind === "new" && !isStable(each)) },
    { title: "Documented differently", entries: of(({ kind }) => kind === "meaning") },
  ];
  return chapters.filter(({ entries }) => entries.length > 0);
}

/** What happened, in a word or two. */
const WORDS: Readonly<Record<Kind, string>> = {
  new: "new",
  gone: "gone",
  changed: "changed",
  stable: "no longer experimental",
  experimental: "experimental now",
  meaning: "documented differently",
};

/** So many changes are told of one file. */
const NOTES_MAX = 12;

/** How many there are of each kind, in one line. */
export function counts(changes: readonly Change[]): string {
  const parts = Object.entries(WORDS).flatMap(([kind, word]) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return parts.length === 0 ? "no differences" : parts.join(", ");
}

/** More of a description is not for a line. */
const DOCS_MAX = 240;

function entryOf({ kind, what, name, methods, before, after, experimental }: Change): Entry {
  const where = methods.length === 0 ? "" : `in ${methods.slice(0, 3).join(", ")}` +
    (methods.length > 3 ? ` and ${methods.length - 3} more` : "");
  const says: Readonly<Record<Kind, string>> = {
    new: short(after),
    gone: "gone",
    changed: `${before} -> ${after}`,
    stable: "no longer experimental",
    experimental: "experimental now",
    meaning: `was: ${short(before) || "(nothing)"}; is: ${short(after) || "(nothing)"}`,
  };
  const notes = [says[kind], where, experimental && kind === "gone" ? "was experimental" : ""];
  return { what, name, note: notes.filter((note) => note !== "").join("; ") };
}

/** The touches by file. */
function touchedFiles(touches: readonly Touch[]): Entry[] {
  const files = new Map<string, string[]>();
  for (const { change: { what, name, kind }, places } of touches) {
    for (const place of places) {
      const [, path = place, line = ""] = /^(.*):(\d+)$/.exec(place) ?? [];
      files.set(path, [...files.get(path) ?? [], `line ${line} ${what} ${name} (${WORDS[kind]})`]);
    }
  }
  return [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([name, notes]) => ({
    what: "file",
    name,
    note: notes.slice(0, NOTES_MAX).join("; ") +
      (notes.length > NOTES_MAX ? `; and ${notes.length - NOTES_MAX} more` : ""),
  }));
}

const isCall = ({ what }: Change) => what !== "field" && what !== "value" && what !== "type";
const keyOf = ({ kind, name }: Change) => `${kind} ${name}`;
const short = (text = "") =>
  text.length <= DOCS_MAX ? text : `${text.slice(0, DOCS_MAX - 4).replace(/\s\S*$/, "")} ...`;
