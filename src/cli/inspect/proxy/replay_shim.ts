import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { replayTransport } from "../../../testing/mod.ts";
import { UsageError } from "../../usage_error.ts";
import type { EventLog } from "../server/event_log.ts";
import { LineTap } from "../server/line_tap.ts";
import { Traffic } from "../server/traffic.ts";
import type { OnShim } from "./tee_server.ts";

/** A client's request is read whole. */
const MAX_LINE = 256 * 1024 * 1024;

/** Answers a client with what a recording says, each time from the beginning. @throws {UsageError} If it is none. */
export function replayShim(log: EventLog, path: string, showSecrets: boolean): OnShim {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
    void replayTransport(text, { mode: "lenient" }).close();
  } catch (error) {
    throw new UsageError(`Cannot replay ${path}: ${error instanceof Error ? error.message : error}`);
  }
  return (socket, first) => void play(socket, first, new Traffic(log, "proxy", `${path}, replayed`, showSecrets), text);
}

async function play(socket: Socket, first: Uint8Array, traffic: Traffic, text: string): Promise<void> {
  const replay = replayTransport(text, { mode: "lenient" });
  const writer = replay.writable.getWriter();
  writer.closed.catch(() => {});
  const lines = new LineTap((line) => {
    traffic.line("out", line);
    writer.write(line).catch(() => {});
  }, MAX_LINE);
  socket.on("data", (chunk: Uint8Array) => lines.write(chunk));
  socket.on("close", () => void replay.close());
  lines.write(first);
  const reader = replay.readable.getReader();
  let how = "closed";
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const line = String(next.value);
      traffic.line("in", line);
      if (!socket.write(`${line}\n`)) {
        await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
      }
    }
  } catch (error) {
    how = error instanceof Error ? error.message : String(error);
  }
  traffic.end(how);
  socket.end();
}
