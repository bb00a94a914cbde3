import type { Notification } from "@codex-app-server/sdk";
import pg from "pg";

/**
 * What happens in a turn, for whoever watches: a table, so that who comes late sees everything, and a notification, so
 * that who is there sees it at once. Two that make it at the same moment would collide, hence the lock.
 */
export const EVENT_TABLE = `
  BEGIN;
  SELECT pg_advisory_xact_lock(7361);
  CREATE TABLE IF NOT EXISTS turn_events (
    n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id uuid NOT NULL,
    event jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS turn_events_of ON turn_events (job_id, n);
  CREATE INDEX IF NOT EXISTS turn_events_at ON turn_events USING brin (at);
  COMMIT;`;

/** Forgets the events of turns that the queue has forgotten as well. */
export async function forgetOldEvents(pool: pg.Pool, keepSeconds: number): Promise<void> {
  await pool.query("DELETE FROM turn_events WHERE at < now() - make_interval(secs => $1)", [keepSeconds]);
}

/** How long events are gathered before they are written: a turn may have thousands of deltas. */
const GATHER_MS = 50;

/** Writes the events of one job, in batches and in order. */
export class EventWriter {
  readonly #pool: pg.Pool;
  readonly #jobId: string;
  #waiting: Notification[] = [];
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pool: pg.Pool, jobId: string) {
    this.#pool = pool;
    this.#jobId = jobId;
  }

  /** Takes an event. */
  add(event: Notification): void {
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS);
  }

  /** Writes what waits. */
  async end(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      // jsonb holds no U+0000.
      const texts = events.map((event) => JSON.stringify(event).replaceAll("\\u0000", "\\ufffd"));
      await this.#pool.query(
        `WITH written AS (INSERT INTO turn_events (job_id, event) SELECT $1, unnest($2::text[])::jsonb)
         SELECT pg_notify('turn_events', $1::text)`,
        [this.#jobId, texts],
      );
    });
    this.#writing.catch(() => {}); // told by end()
  }
}

/** How often a watcher looks without having been told: a notification can be lost with its connection. */
const LOOK_MS = 2_000;

/**
 * The events of one job, from the first one on, also for who comes late; ends when the turn is over. A job that was gone
 * on with has several turns; `isOver` says whether there will be another.
 */
export async function* watch(url: string, jobId: string, isOver: () => Promise<boolean>): AsyncGenerator<Notification> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let wake = () => {};
  client.on("notification", ({ payload }) => payload === jobId && wake());
  client.on("error", () => wake());
  try {
    await client.query("LISTEN turn_events");
    for (let last = "0";;) {
      const told = new Promise<void>((resolve) => wake = resolve);
      const over = await isOver();
      const { rows } = await client.query<{ n: string; event: Notification }>(
        "SELECT n, event FROM turn_events WHERE job_id = $1 AND n > $2 ORDER BY n LIMIT 1000",
        [jobId, last],
      );
      for (const { n, event } of rows) {
        last = n;
        yield event;
      }
      if (rows.length > 0) continue;
      if (over) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await Promise.race([told, new Promise<void>((resolve) => timer = setTimeout(resolve, LOOK_MS))]);
      clearTimeout(timer);
    }
  } finally {
    await client.end();
  }
}
