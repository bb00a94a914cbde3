import { recordedEntry } from "../recorded.ts";
import type { WireEvent } from "../wire.ts";
import type { Row } from "./row.ts";
import { Store } from "./store.ts";

/** A recording that was opened. @throws {Error} If it is none; it says which line. */
export function readTranscript(title: string, text: string): Store {
  const events: WireEvent[] = [];
  let ended: string | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const entry = recordedEntry(line);
    if (entry === null) {
      throw new Error(`Line ${index + 1} is no entry of a recording, such as {"t":0,"dir":"in","line":"..."}`);
    }
    const { t, dir, line: l, length, error } = entry;
    if (dir === "end") ended = error ?? "closed";
    else events.push({ n: events.length, c: 0, t, d: dir, l, ...(length === undefined ? {} : { x: length }) });
  }
  const store = new Store(title);
  const connection = { id: 0, kind: "file", title, startedAt: 0, ended: ended ?? "the recording ends here" } as const;
  store.take({ first: 0, next: events.length, events, connections: [connection] });
  return store;
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
