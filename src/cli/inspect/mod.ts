/**
 * `inspect`: a page with the live traffic between a client and the server.
 *
 * @module
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { CliIo } from "../io.ts";
import { paint } from "../paint.ts";
import { redact } from "../../transport/redact.ts";
import { visible } from "../../util/visible.ts";
import { VERSION } from "../../version.ts";
import { HELP, type InspectOptions, readOptions } from "./options.ts";
import { ownServer } from "./own_server.ts";
import { openShim } from "./proxy/open_shim.ts";
import { codeOf, runClient } from "./proxy/run_client.ts";
import { EventLog } from "./server/event_log.ts";
import { OwnConnection } from "./server/own_connection.ts";
import { servePage } from "./server/page_server.ts";
import { openTranscript, saveTranscripts } from "./server/transcript_file.ts";

/**
 * Runs `inspect`: prints the page's address, and stays until its client has ended, or until it is told to end.
 *
 * @returns The exit code: the client's, if there is one.
 * @throws {UsageError} If the command line says nothing that can be done.
 */
export async function inspect(args: readonly string[], io: CliIo): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    await io.write(HELP);
    return 0;
  }
  const ends: (() => Promise<unknown>)[] = [];
  try {
    return await run(options, io, ends);
  } finally {
    await endAll(ends);
  }
}

/** Ends everything, the last first, whatever goes wrong with one of them. @throws What went wrong first. */
async function endAll(ends: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of [...ends].reverse()) await end().catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}

async function run(options: InspectOptions, io: CliIo, ends: (() => Promise<unknown>)[]): Promise<number> {
  const { client, wait, attach, showSecrets, maxEvents, maxChars } = options;
  const log = new EventLog({ maxEvents, maxChars });
  const server = await ownServer(options, io);
  const own = new OwnConnection(log, { ...server, showSecrets });
  ends.push(() => own.close());
  // Whoever waits for a server that does not answer need not wait for it any longer.
  io.signal.addEventListener("abort", () => void own.close(), { once: true });
  for (const path of options.open) await openTranscript(log, path, showSecrets);
  if (options.save !== null) {
    const saving = await saveTranscripts(log, options.save);
    ends.push(() => saving.end());
  }
  const hello = {
    session: randomUUID(),
    version: VERSION,
    redacted: !showSecrets,
    maxEvents,
    maxChars,
    target: showSecrets ? server.title : redact(server.title),
  };
  const token = randomBytes(24).toString("base64url");
  const page = await servePage({ token, port: options.port, log, own, hello });
  ends.push(() => page.close());
  const { bold, dim } = paint(io, "stderr");
  await io.writeError(`${dim("inspect:")} ${bold(page.url)}\n`);
  if (showSecrets) await io.writeError(`${dim("inspect:")} the page shows secrets, as --show-secrets asks\n`);

  const isProxy = client !== null || wait;
  if (isProxy) {
    const shim = await openShim(options, io, log);
    ends.push(() => shim.close());
    await io.writeError(`${dim("inspect:")} ${visible(shim.what)}\n`);
    if (wait) {
      await io.writeError(
        `${dim("inspect:")} name this as the client's codex: ${bold(visible(shim.folder.program))}\n`,
      );
    }
    if (client !== null) {
      io.signal.throwIfAborted(); // from here on signals are the client's affair
      const end = await runClient(client, shim.folder, io);
      await settled(log);
      if (options.keep && !io.signal.aborted) {
        await io.writeError(`${dim("inspect:")} the client has ended; Ctrl-C ends the page too\n`);
        await aborted(io.signal);
      }
      return codeOf(end);
    }
  } else if (attach !== null || options.open.length === 0) {
    await own.open();
  }
  await aborted(io.signal);
  return 0;
}

/** How long the last lines of a client's servers are waited for. */
const SETTLE_MS = 1000;

/** Waits until the client's servers have ended as well, and all that they said is in the log. */
async function settled(log: EventLog): Promise<void> {
  for await (const _ of log.batches(log.next, AbortSignal.timeout(SETTLE_MS))) {
    if (log.connections.every(({ kind, ended }) => kind !== "proxy" || ended !== null)) return;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    // A timer, for a listener alone keeps no program alive.
    const timer = setInterval(() => {}, 2 ** 30);
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      resolve();
    }, { once: true });
  });
}
