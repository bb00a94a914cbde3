/** What a worker says on its stdout, a line of JSON each. */
export interface Said {
  readonly worker: string;
  readonly takes?: string;
  readonly done?: string;
  readonly how?: string;
}

interface Row {
  readonly id: string;
  readonly conversation: number;
  readonly line: number;
  worker?: string;
  done?: boolean;
}

/** What can be waited for. */
export interface Progress {
  readonly done: number;
  running(worker: string): number;
}

/** Who does what, as a table that is drawn anew; where there is no terminal, as lines. */
export class LiveTable {
  readonly #rows: Row[];
  readonly #out: NodeJS.WriteStream;
  readonly #waiting = new Set<() => void>();
  #drawn = 0;

  constructor(
    jobs: readonly { readonly id: string; readonly conversation: number; readonly line: number }[],
    out: NodeJS.WriteStream,
  ) {
    this.#rows = jobs.map((job) => ({ ...job }));
    this.#out = out;
  }

  /** Takes what a worker says. */
  hear({ worker, takes, done, how }: Said): void {
    const row = this.#rows.find(({ id }) => id === (takes ?? done));
    if (row === undefined) return;
    row.worker = worker;
    if (done !== undefined) row.done = true;
    const what = `conversation ${row.conversation}, turn ${row.line}`;
    if (!this.#out.isTTY) {
      this.#out.write(done === undefined ? `  ${worker} takes ${what}\n` : `  ${worker} has done ${what} (${how})\n`);
    }
    this.#draw();
    for (const look of [...this.#waiting]) look();
  }

  /** Says something above the table. */
  note(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    this.#draw();
  }

  /** Waits until the work has come so far. */
  until(isSo: (progress: Progress) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!isSo(this.#progress())) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Leaves the table as it is. */
  end(): void {
    this.#drawn = 0;
  }

  #progress(): Progress {
    return {
      done: this.#rows.filter(({ done }) => done).length,
      running: (worker) => this.#rows.filter((row) => row.worker === worker && row.done !== true).length,
    };
  }

  #clear(): void {
    if (this.#drawn > 0) this.#out.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }

  #draw(): void {
    if (!this.#out.isTTY) return;
    this.#clear();
    const lines = Map.groupBy(this.#rows, ({ conversation }) => conversation);
    for (const [conversation, rows] of lines) {
      const cells = rows.map(({ worker, done }) =>
        `${done ? "*" : worker === undefined ? "." : ">"} ${worker ?? ""}`.padEnd(12)
      );
      this.#out.write(`  conversation ${conversation}  ${cells.join("")}\n`);
      this.#drawn++;
    }
    this.#out.write("  (. waits, > runs, * done)\n");
    this.#drawn++;
  }
}
