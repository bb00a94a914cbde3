import { timingSafeEqual } from "node:crypto";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { EventLog } from "../server/event_log.ts";
import { Traffic } from "../server/traffic.ts";
import { type Frame, FrameReader } from "../shim/tee_frame.ts";

/** Takes a shim's connection over, once its token was right. */
export type OnShim = (socket: Socket, first: Uint8Array) => void;

/** Where the shims report. */
export interface TeeServer {
  readonly port: number;
  close(): void;
}

/** Listens on 127.0.0.1. Whoever does not begin with the token is cut off. */
export async function teeServer(token: string, onShim: OnShim): Promise<TeeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    greet(socket, token, onShim);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads the token and its line break, and no byte more. */
function greet(socket: Socket, token: string, onShim: OnShim): void {
  const expected = new TextEncoder().encode(`${token}\n`);
  let seen: Uint8Array = new Uint8Array();
  const listen = (chunk: Uint8Array) => {
    const joined = new Uint8Array(seen.length + chunk.length);
    joined.set(seen);
    joined.set(chunk, seen.length);
    seen = joined;
    if (seen.length < expected.length) return;
    socket.off("data", listen);
    if (timingSafeEqual(seen.subarray(0, expected.length), expected)) onShim(socket, seen.subarray(expected.length));
    else socket.destroy();
  };
  socket.on("data", listen);
}

/** Puts what a shim tells into the log. */
export function logShim(log: EventLog, showSecrets: boolean): OnShim {
  return (socket, first) => {
    const frames = new FrameReader();
    let traffic: Traffic | undefined;
    const take = (chunk: Uint8Array) => {
      try {
        for (const frame of frames.read(chunk)) {
          if (frame.kind === "hello") traffic ??= new Traffic(log, "proxy", titleOf(frame), showSecrets, frame.at);
          else if (traffic !== undefined) report(traffic, frame);
        }
      } catch {
        socket.destroy();
      }
    };
    socket.on("data", take);
    socket.on("close", () => traffic?.end("its shim has gone"));
    take(first);
  };
}

function report(traffic: Traffic, { kind, at, payload }: Frame): void {
  switch (kind) {
    case "in":
    case "out":
    case "err":
      return traffic.bytes(kind, payload, at);
    case "gap": {
      const { of, bytes } = JSON.parse(new TextDecoder().decode(payload)) as {
        of: "in" | "out" | "err";
        bytes: number;
      };
      return traffic.hole(of, bytes, at);
    }
    case "end": {
      const { code, signal } = JSON.parse(new TextDecoder().decode(payload)) as { code: number; signal: string | null };
      return traffic.end(signal === null ? `exit code ${code}` : `ended by ${signal}`, at);
    }
    case "hello":
  }
}

function titleOf({ payload }: Frame): string {
  const { pid, args } = JSON.parse(new TextDecoder().decode(payload)) as { pid: number | null; args: string[] };
  return `codex ${args.join(" ").slice(0, 200)} (${pid ?? "not started"})`;
}
