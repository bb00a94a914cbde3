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

/** How often, and after which pauses, the database is asked again for the last events of a turn: for ten seconds. */
const TRIES = 40;
const PAUSE_MS = 250;

/**
 * Writes the events of one job, in batches and in order. What could not be written is kept, and written with the next
 * ones; of a batch whose answer was lost nobody knows whether it is there, so it may be there twice.
 */
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
    this.#timer ??= setTimeout(() => void this.#write().catch(() => {}), GATHER_MS);
  }

  /**
   * Writes what waits.
   *
   * @throws {Error} If the database stays away.
   */
  async end(): Promise<void> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#write();
      } catch (error) {
        if (tries === TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  /** Behind what is being written. */
  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#writing = this.#writing.catch(() => {}).then(async () => {
      const events = this.#waiting;
      if (events.length === 0) return;
      // jsonb holds no U+0000.
      const texts = events.map((event) => JSON.stringify(event).replaceAll("\\u0000", "\\ufffd"));
      this.#waiting = [];
      try {
        await this.#pool.query(
          `WITH written AS (INSERT INTO turn_events (job_id, event) SELECT $1, unnest($2::text[])::jsonb)
           SELECT pg_notify('turn_events', $1::text)`,
          [this.#jobId, texts],
        );
      } catch (error) {
        this.#waiting = [...events, ...this.#waiting];
        throw error;
      }
    });
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
