/**
 * A WebSocket server made by hand, which can do what a good one never does: keep silent, send half a frame, vanish.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One client, as the server sees it. */
export interface FakePeer {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** Sends a text message. */
  send(text: string): void;
  /** Sends a frame of any opcode. */
  frame(opcode: number, payload: Uint8Array): void;
  /** Sends a close frame. */
  farewell(code: number, reason: string): void;
  /** Resolves with the next frame of the client. */
  next(): Promise<FakeFrame>;
  /** Stops taking frames apart: whatever the client sends is ignored. */
  ignore(): void;
  /** Resolves once the TCP connection is gone. */
  readonly gone: Promise<void>;
}

/** A frame of the client. */
export interface FakeFrame {
  readonly opcode: number;
  readonly text: string;
}

/** A listener; disposing it cuts every connection. */
export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** How many connections are open. */
  readonly open: number;
}

/** What is to be done with an upgrade request; `accept` answers it. */
export type FakeUpgrade = (request: IncomingMessage, socket: Socket, accept: () => FakePeer) => void;

/** Listens on a free port, or on a unix socket. */
export async function fakeServer(onUpgrade: FakeUpgrade, path?: string): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((_request, response) => response.writeHead(426).end());
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.on("upgrade", (request: IncomingMessage, socket: Socket) => {
    onUpgrade(request, socket, () => accept(request, socket));
  });
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  const port = path === undefined ? (server.address() as AddressInfo).port : 0;
  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function accept(request: IncomingMessage, socket: Socket): FakePeer {
  const key = request.headers["sec-websocket-key"];
  const answer = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
  const frames = new FrameReader();
  socket.on("data", (chunk: Uint8Array) => frames.push(chunk));
  const gone = new Promise<void>((resolve) => {
    // The client has said its last word; an HTTP socket would stay half open.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve());
  });
  const frame = (opcode: number, payload: Uint8Array) => {
    socket.write(frameHeader(opcode, payload.length));
    socket.write(payload);
  };
  return {
    request,
    socket,
    gone,
    frame,
    send: (text) => frame(1, new TextEncoder().encode(text)),
    farewell: (code, reason) => frame(8, Uint8Array.of(code >> 8, code & 255, ...new TextEncoder().encode(reason))),
    next: () => frames.next(),
    ignore: () => frames.ignore(),
  };
}

/** The header of an unmasked, unfragmented frame. */
export function frameHeader(opcode: number, length: number): Uint8Array {
  if (length < 126) return Uint8Array.of(0x80 | opcode, length);
  const header = new Uint8Array(length < 65_536 ? 4 : 10);
  const view = new DataView(header.buffer);
  header[0] = 0x80 | opcode;
  header[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) view.setUint16(2, length);
  else view.setBigUint64(2, BigInt(length));
  return header;
}

/** Takes masked frames apart. */
class FrameReader {
  #bytes = new Uint8Array(0);
  #frames: FakeFrame[] = [];
  #waiting: ((frame: FakeFrame) => void)[] = [];
  #ignoring = false;

  next(): Promise<FakeFrame> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  ignore(): void {
    this.#ignoring = true;
  }

  push(chunk: Uint8Array): void {
    if (this.#ignoring) return;
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
    while (this.#takeOne());
  }

  #takeOne(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    const view = new DataView(bytes.buffer);
    const short = bytes[1]! & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + extended + 4;
    if (bytes.length < start) return false;
    const length = extended === 0 ? short : extended === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
    if (bytes.length < start + length) return false;
    const mask = bytes.subarray(start - 4, start);
    const payload = bytes.slice(start, start + length).map((byte, index) => byte ^ mask[index % 4]!);
    this.#bytes = bytes.slice(start + length);
    const frame = { opcode: bytes[0]! & 15, text: new TextDecoder().decode(payload) };
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#frames.push(frame);
    else waiting(frame);
    return true;
  }
}
