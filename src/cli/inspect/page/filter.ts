import type { Row, RowKind } from "./row.ts";

/** What the list shows. */
export interface Filter {
  /** What is left out. */
  readonly hidden: ReadonlySet<RowKind>;
  /** Whether pieces of texts are left out: most lines are such. */
  readonly hidesDeltas: boolean;
  /** Words, all of which must be there: in the line, in any case. `-word` must not be; `method:` is the method alone. */
  readonly search: string;
  readonly connection: number | null;
  readonly thread: string | null;
  readonly turn: string | null;
}

/** Shows all. */
export const NO_FILTER: Filter = {
  hidden: new Set(),
  hidesDeltas: false,
  search: "",
  connection: null,
  thread: null,
  turn: null,
};

/** The test that a filter is. */
export function tester(filter: Filter): (row: Row) => boolean {
  const { hidden, hidesDeltas, connection, thread, turn } = filter;
  const words = wordsOf(filter.search);
  return (row) =>
    !hidden.has(row.kind) && (connection === null || row.event.c === connection) &&
    (thread === null || row.thread === thread) && (turn === null || row.turn === turn) &&
    !(hidesDeltas && isDelta(row)) && words.every((test) => test(row));
}

/** Whether it is a piece of a text. */
export function isDelta({ kind, method }: Row): boolean {
  return kind === "event" && /delta$/i.test(method);
}

function wordsOf(search: string): ((row: Row) => boolean)[] {
  return search.toLowerCase().split(/\s+/).filter((word) => word !== "" && word !== "-").map((word) => {
    const isNot = word.startsWith("-");
    const [, name, rest] = /^(method):(.*)$/.exec(isNot ? word.slice(1) : word) ?? [];
    const text = rest ?? (isNot ? word.slice(1) : word);
    const has = name === undefined
      ? ({ event, method }: Row) => event.l.toLowerCase().includes(text) || method.toLowerCase().includes(text)
      : ({ method }: Row) => method.toLowerCase().includes(text);
    return isNot ? (row: Row) => !has(row) : has;
  });
}
