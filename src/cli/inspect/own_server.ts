import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { homedir } from "node:os";
import { stdioTransport } from "../../transport/stdio_transport.ts";
import type { TransportFactory } from "../../transport/transport.ts";
import { unixSocketTransport } from "../../transport/unix_socket.ts";
import { websocketTransport } from "../../transport/websocket.ts";
import type { CliIo } from "../io.ts";
import { UsageError } from "../usage_error.ts";
import type { InspectOptions } from "./options.ts";

/** What the inspector's own requests go to. */
export interface OwnServer {
  /** What to call it. */
  readonly title: string;
  readonly open: TransportFactory;
}

/** The server that `--attach` names, or one that is started with the first request. @throws {UsageError} */
export async function ownServer({ attach, tokenFile, codex }: InspectOptions, io: CliIo): Promise<OwnServer> {
  if (attach === null) {
    const codexBin = codex === null ? {} : { codexBin: codex };
    return {
      title: "a server of the inspector's own",
      open: stdioTransport({ ...codexBin, cwd: io.cwd, env: io.env, inheritEnv: false }),
    };
  }
  try {
    if (attach === "daemon") {
      const home = io.env["CODEX_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".codex");
      const link = resolve(io.cwd, home, "app-server-control", "app-server-control.sock");
      // It is a link to one with a short path: a socket's path has little room.
      return { title: "the daemon", open: unixSocketTransport(await realpath(link).catch(() => link)) };
    }
    if (attach.startsWith("unix:")) {
      const path = attach.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
      return { title: attach, open: unixSocketTransport(isAbsolute(path) ? path : resolve(io.cwd, path)) };
    }
    const token = tokenFile === null ? {} : { token: (await readFile(resolve(io.cwd, tokenFile), "utf8")).trim() };
    return { title: attach, open: websocketTransport(attach, token) };
  } catch (error) {
    throw new UsageError(`--attach: ${error instanceof Error ? error.message : String(error)}`);
  }
}
