import { type Rollout, RolloutConflictError, type RolloutStore } from "@codex-app-server/sdk/durable";
import type pg from "pg";

const TABLE = `
  BEGIN;
  SELECT pg_advisory_xact_lock(7362);
  CREATE TABLE IF NOT EXISTS rollouts (
    thread_id text PRIMARY KEY,
    version integer NOT NULL,
    path text NOT NULL,
    data bytea NOT NULL
  );
  COMMIT;`;

/** Threads in Postgres, for workers that share no disk. */
export async function postgresStore(pool: pg.Pool): Promise<RolloutStore> {
  await pool.query(TABLE);
  return {
    async load(threadId) {
      const { rows } = await pool.query<{ version: number; path: string; data: Uint8Array }>(
        "SELECT version, path, data FROM rollouts WHERE thread_id = $1",
        [threadId],
      );
      const [row] = rows;
      return row === undefined ? null : { ...row, data: new Uint8Array(row.data) };
    },
    async save(threadId, { version, path, data }: Rollout) {
      // The database decides which of two savers comes first; the other one finds no row to change.
      const { rowCount } = version === 1
        ? await pool.query(
          "INSERT INTO rollouts (thread_id, version, path, data) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING",
          [threadId, path, data],
        )
        : await pool.query(
          "UPDATE rollouts SET version = $2, path = $3, data = $4 WHERE thread_id = $1 AND version = $2 - 1",
          [threadId, version, path, data],
        );
      if (rowCount !== 1) throw new RolloutConflictError(threadId, version);
    },
  };
}
