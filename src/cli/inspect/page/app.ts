import { visible } from "../../../util/visible.ts";
import type { Batch, Hello } from "../wire.ts";
import type { Around, Builder } from "./builder.ts";
import { byId, download, h, seldom } from "./dom.ts";
import { type Filter, NO_FILTER, tester } from "./filter.ts";
import { RowList } from "./list.ts";
import { Panels } from "./panels.ts";
import { Replay } from "./replay.ts";
import type { Row, RowKind } from "./row.ts";
import type { PageSchema } from "./schema.ts";
import { Store } from "./store.ts";
import { threadsView } from "./threads_view.ts";
import type { View } from "./view.ts";
import { readTranscript, writeTranscript } from "./transcript.ts";

/** What the buttons of the list show or hide. */
const KINDS: readonly (readonly [label: string, kinds: readonly RowKind[] | "deltas"])[] = [
  ["requests", ["request"]],
  ["answers", ["answer", "error"]],
  ["events", ["event"]],
  ["deltas", "deltas"],
  ["questions", ["question", "reply"]],
  ["other", ["stderr", "note", "unreadable"]],
];

/** The page as a whole: what is shown, and what of it. */
export class App implements View {
  readonly live: Store = new Store("Live");
  readonly #opened: Store[] = [];
  readonly #list: RowList;
  readonly #panels: Panels;
  readonly #replay: Replay;
  #store: Store = this.live;
  #filter: Filter = NO_FILTER;
  /** What passes the filter. */
  #rows: Row[] = [];
  #hello: Hello | null = null;
  #isConnected = false;
  /** A request that was sent by hand, whose line is to be chosen when it comes. */
  #awaited: string | null = null;
  /** Drawn whole each time, so not with every line that comes. */
  readonly #drawSides: () => void = seldom(150, () => this.#sides());

  constructor() {
    this.#list = new RowList(byId("list"), (row) => this.select(row));
    this.#panels = new Panels(this);
    this.#replay = new Replay(() => this.#draw());
    byId<HTMLInputElement>("search").addEventListener("input", ({ target }) => {
      this.#narrow({ search: (target as HTMLInputElement).value });
    });
    byId("follow").addEventListener("click", () => {
      this.#list.follows = !this.#list.follows;
      this.#draw();
    });
    byId("list").addEventListener("scroll", () => this.#following());
    byId("save").addEventListener("click", () => this.#save());
    byId("compare").addEventListener("click", () => this.#panels.show("compare"));
    byId<HTMLInputElement>("open").addEventListener(
      "change",
      ({ target }) => void this.#open(target as HTMLInputElement),
    );
    byId<HTMLSelectElement>("source").addEventListener("change", ({ target }) => {
      this.show(this.stores[Number((target as HTMLSelectElement).value)] ?? this.live);
    });
    this.#kinds();
    this.#sources();
    this.#draw();
  }

  /** The session, and the recordings that were opened. */
  get stores(): readonly Store[] {
    return [this.live, ...this.#opened];
  }

  /** What is shown. */
  get store(): Store {
    return this.#store;
  }

  /** The lines up to the moment that the replay has come to. */
  get until(): number {
    return this.#replay.until;
  }

  get filter(): Filter {
    return this.#filter;
  }

  greet(hello: Hello): void {
    this.#hello = hello;
    this.#status();
  }

  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#status();
  }

  learn(schema: PageSchema, builder: Builder): void {
    this.#panels.learn(schema, builder);
  }

  /** Begins anew. */
  forget(): void {
    this.live.clear();
    this.#panels.select(null);
    if (this.#store === this.live) this.show(this.live);
  }

  take(batch: Batch): void {
    const fresh = this.live.take(batch);
    for (const row of fresh) if (this.#awaited !== null && keyOf(row) === this.#awaited) this.#found(row);
    if (this.#store !== this.live) return this.#drawSides();
    const passes = tester(this.#filter);
    for (const row of fresh) if (passes(row)) this.#rows.push(row);
    const gone = this.#rows.findIndex(({ event }) => event.n >= this.live.dropped);
    if (gone > 0) this.#rows = this.#rows.slice(gone);
    else if (gone === -1) this.#rows = [];
    this.#draw();
  }

  /** Shows a session or a recording. */
  show(store: Store): void {
    this.#store = store;
    this.#filter = { ...this.#filter, connection: null, thread: null, turn: null };
    this.#replay.end();
    this.#panels.select(null);
    this.#list.select(null);
    this.#list.follows = store === this.live;
    this.#sources();
    this.#refilter();
  }

  select(row: Row): void {
    const store = this.stores.find(({ rows }) => rows.includes(row));
    if (store !== undefined && store !== this.#store) this.show(store);
    if (!this.#rows.includes(row)) this.#narrow({ ...NO_FILTER, search: "" });
    this.#list.follows = false;
    this.#list.select(row, true);
    this.#panels.select(row);
    this.#following();
  }

  around(): Around {
    const { thread, turn } = this.#filter;
    const { selected } = this.#panels;
    return { thread: thread ?? selected?.thread ?? this.latestThread(), turn: turn ?? selected?.turn ?? null };
  }

  /** The thread that was heard of last. */
  latestThread(): string | null {
    return this.#store.rows.findLast(({ thread }) => thread !== null)?.thread ?? null;
  }

  /** A request was sent by hand: shows its line. */
  sent(connection: number, id: number): void {
    const key = `${connection}:${id}`;
    const row = this.live.rows.findLast((row) => keyOf(row) === key);
    if (row === undefined) this.#awaited = key;
    else this.#found(row);
  }

  #found(row: Row): void {
    this.#awaited = null;
    if (this.#store === this.live && this.#rows.includes(row)) this.#list.select(row, true);
  }

  #narrow(change: Partial<Filter>): void {
    this.#filter = { ...this.#filter, ...change };
    if (change.search !== undefined) byId<HTMLInputElement>("search").value = change.search;
    this.#kinds();
    this.#refilter();
  }

  #refilter(): void {
    this.#rows = this.#store.rows.filter(tester(this.#filter));
    this.#draw();
  }

  #draw(): void {
    const rows = this.#store.rows;
    const start = this.#store.connections[0]?.startedAt ?? rows[0]?.event.t ?? 0;
    this.#replay.within(rows[0]?.event.t ?? 0, rows.at(-1)?.event.t ?? 0);
    const { until } = this.#replay;
    const count = until === Infinity ? this.#rows.length : firstAfter(this.#rows, until);
    this.#list.show(this.#rows, count, start);
    byId("count").textContent = count === rows.length ? `${count} lines` : `${count} of ${rows.length} lines`;
    const { dropped } = this.#store;
    const notice = byId("dropped");
    notice.hidden = dropped === 0;
    if (dropped > 0 && this.#hello !== null) {
      const { maxEvents, maxChars } = this.#hello;
      notice.textContent = `${dropped} older lines are gone: the last ${maxEvents} are kept, or ${
        maxChars / 1_000_000
      } million characters (--max-events, --max-mb).`;
    }
    this.#following();
    this.#drawSides();
  }

  #sides(): void {
    const threads = byId("threads");
    const focused = document.activeElement;
    const isWithin = focused !== null && threads.contains(focused);
    const at = isWithin ? [...threads.querySelectorAll("button")].indexOf(focused as HTMLButtonElement) : -1;
    threads.replaceChildren(threadsView(this.#store, this.#filter, (choice) => this.#narrow(choice)));
    if (at !== -1) threads.querySelectorAll("button")[at]?.focus();
    this.#panels.draw();
  }

  #following(): void {
    byId("follow").setAttribute("aria-pressed", String(this.#list.follows));
  }

  #status(): void {
    const status = byId("status");
    const isSecret = this.#hello?.redacted === false;
    status.textContent = !this.#isConnected
      ? "the inspector is gone; what is here stays"
      : isSecret
      ? "live, with secrets"
      : "live, secrets are taken out";
    status.className = !this.#isConnected ? "lost" : isSecret ? "secret" : "live";
  }

  #kinds(): void {
    const { hidden, hidesDeltas } = this.#filter;
    const buttons = KINDS.map(([label, kinds]) => {
      const isShown = kinds === "deltas" ? !hidesDeltas : !kinds.some((kind) => hidden.has(kind));
      const toggle = () => {
        if (kinds === "deltas") return this.#narrow({ hidesDeltas: isShown });
        const next = new Set(hidden);
        for (const kind of kinds) {
          if (isShown) next.add(kind);
          else next.delete(kind);
        }
        this.#narrow({ hidden: next });
      };
      return h(
        "button",
        { attributes: { type: "button", "aria-pressed": String(isShown) }, on: { click: toggle } },
        label,
      );
    });
    byId("kinds").replaceChildren(...buttons);
  }

  #sources(): void {
    const select = byId<HTMLSelectElement>("source");
    select.replaceChildren(
      ...this.stores.map((store, at) => h("option", { attributes: { value: String(at) } }, visible(store.title))),
    );
    select.value = String(this.stores.indexOf(this.#store));
    select.hidden = this.stores.length === 1;
  }

  /** Saves the connection that is chosen, else the last one that has something. */
  #save(): void {
    const { rows, connections } = this.#store;
    const id = this.#filter.connection ?? rows.findLast(({ event }) => event.d === "in" || event.d === "out")?.event.c;
    const connection = connections.find((entry) => entry.id === id);
    if (connection === undefined) return;
    const own = rows.filter(({ event }) => event.c === id);
    const name = `${connection.title.replace(/[^\w.-]+/g, "_").slice(0, 60)}.jsonl`;
    download(name.replace(/(\.jsonl)+$/, ".jsonl"), writeTranscript(own, connection.startedAt, connection.ended));
  }

  async #open(input: HTMLInputElement): Promise<void> {
    for (const file of input.files ?? []) {
      try {
        const store = readTranscript(file.name, await file.text());
        this.#opened.push(store);
        this.show(store);
      } catch (error) {
        this.#panels.complain(`${file.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    input.value = "";
  }
}

/** How many of the rows, which are in order, are not later than this. */
function firstAfter(rows: readonly Row[], time: number): number {
  let [from, to] = [0, rows.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (rows[middle]!.event.t <= time) from = middle + 1;
    else to = middle;
  }
  return from;
}

function keyOf({ event, kind, id }: Row): string | null {
  return kind === "request" ? `${event.c}:${id}` : null;
}
