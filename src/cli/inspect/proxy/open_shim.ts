import { randomBytes } from "node:crypto";
import { locateCodex } from "../../../runtime/locate.ts";
import { currentRuntime } from "../../../runtime/select.ts";
import type { CliIo } from "../../io.ts";
import { UsageError } from "../../usage_error.ts";
import type { InspectOptions } from "../options.ts";
import type { EventLog } from "../server/event_log.ts";
import { replayShim } from "./replay_shim.ts";
import { type ShimFolder, shimFolder } from "./shim_folder.ts";
import { logShim, teeServer } from "./tee_server.ts";

/** A shim that can be called. */
export interface Shim {
  readonly folder: ShimFolder;
  /** What it stands before, for people. */
  readonly what: string;
  close(): Promise<void>;
}

/** Makes the program that takes the place of `codex`, and listens to what it tells. @throws {UsageError} On Windows. */
export async function openShim(options: InspectOptions, io: CliIo, log: EventLog): Promise<Shim> {
  if (currentRuntime().platform === "win32") {
    throw new UsageError(
      "A client's codex can be inspected on Linux and macOS alone: clients on Windows start no scripts. " +
        "Record in the client, and look at the recording with --open.",
    );
  }
  const token = randomBytes(24).toString("hex");
  const { replay, showSecrets } = options;
  const codex = replay === null ? codexOf(options, io) : { command: "/bin/false", pathDir: null };
  const onShim = replay === null ? logShim(log, showSecrets) : replayShim(log, replay, showSecrets);
  const tee = await teeServer(token, onShim);
  try {
    const config = { port: tee.port, token, codex: codex.command, replays: replay !== null };
    const folder = await shimFolder(config, { codexBin: io.env["CODEX_BIN"], pathDir: codex.pathDir });
    const close = async () => {
      tee.close();
      await folder.remove();
    };
    return { folder, what: replay === null ? `before ${codex.command}` : `${replay} takes the server's part`, close };
  } catch (error) {
    tee.close();
    throw error;
  }
}

/** What the client would have found, as far as one can know. */
function codexOf({ codex }: InspectOptions, { env }: CliIo) {
  return locateCodex(currentRuntime(), {
    env,
    moduleUrl: import.meta.url,
    ...(codex === null ? {} : { codexBin: codex }),
  });
}
