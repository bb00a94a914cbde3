import type { WireEvent } from "../wire.ts";
import type { Row } from "./row.ts";
import { Store } from "./store.ts";

/** A recording that was opened. @throws {Error} If it is none; it says which line. */
export function readTranscript(title: string, text: string): Store {
  const events: WireEvent[] = [];
  let ended: string | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const { t, dir, line: l, length, error } = entryOf(line, index + 1);
    if (dir === "end") ended = error ?? "closed";
    else events.push({ n: events.length, c: 0, t, d: dir, l, ...(length === undefined ? {} : { x: length }) });
  }
  const store = new Store(title);
  const connection = { id: 0, kind: "file", title, startedAt: 0, ended: ended ?? "the recording ends here" } as const;
  store.take({ first: 0, next: events.length, events, connections: [connection] });
  return store;
}

interface Entry {
  readonly t: number;
  readonly dir: "in" | "out" | "end";
  readonly line: string;
  readonly length?: number;
  readonly error?: string;
}

function entryOf(line: string, number: number): Entry {
  try {
    const { t, dir, line: text, length, error } = JSON.parse(line) as Partial<Record<keyof Entry, unknown>>;
    if (dir === "end" || (dir === "in" || dir === "out") && typeof text === "string") {
      return {
        t: Number(t) || 0,
        dir,
        line: typeof text === "string" ? text : "",
        ...(typeof length === "number" ? { length } : {}),
        ...(typeof error === "string" ? { error } : {}),
      };
    }
  } catch {
    // Said below.
  }
  throw new Error(`Line ${number} is no entry of a recording, such as {"t":0,"dir":"in","line":"..."}`);
}

/** The lines of one connection as a recording, which `replayTransport` plays. */
export function writeTranscript(rows: readonly Row[], startedAt: number, ended: string | null): string {
  const lines = rows.filter(({ event }) => event.d === "in" || event.d === "out").map(({ event: { t, d, l, x } }) =>
    JSON.stringify({
      t: Math.max(0, Math.round(t - startedAt)),
      dir: d,
      line: l,
      ...(x === undefined ? {} : { length: x }),
    })
  );
  const last = rows.at(-1)?.event.t ?? startedAt;
  if (ended !== null) lines.push(JSON.stringify({ t: Math.max(0, Math.round(last - startedAt)), dir: "end" }));
  return lines.map((line) => `${line}\n`).join("");
}
