import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** An HTTP proxy that knows `CONNECT` alone. Disposing it cuts every connection. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number;
  /** What it was asked: the whole head of each request. */
  readonly asked: readonly string[];
}

/**
 * Listens on a free port.
 *
 * @param answer What it says to a request. Default: it lets it through.
 * @param to Where everything goes that it lets through. Default: where it is asked to go.
 */
export async function connectProxy(options: { answer?: string; to?: number } = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    let head = "";
    const onData = (chunk: Uint8Array) => {
      head += new TextDecoder().decode(chunk);
      if (!head.includes("\r\n\r\n")) return;
      client.off("data", onData);
      asked.push(head);
      if (options.answer !== undefined) return void client.write(options.answer);
      const [, host = "", port = ""] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
      const there = connect({ host: options.to === undefined ? host : "127.0.0.1", port: options.to ?? Number(port) });
      keep(there);
      there.on("connect", () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(there).pipe(client);
      });
      there.on("close", () => client.destroy());
      client.on("close", () => there.destroy());
    };
    client.on("data", onData);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
