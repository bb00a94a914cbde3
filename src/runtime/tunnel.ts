import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { SocketRefused } from "./socket.ts";

/** A longer answer is none of a proxy. */
const MAX_ANSWER = 64 * 1024;

/** Connects to `host:port` through a proxy that speaks HTTP. Rejects with {@linkcode SocketRefused}, or the signal's reason. */
export async function openTunnel(proxy: URL, target: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const isSecure = proxy.protocol === "https:";
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const port = Number(proxy.port || (isSecure ? 443 : 80));
  const socket = isSecure ? connectTls({ host, port, servername: tlsName(host) }) : connect({ host, port });
  const onAbort = () => socket.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization(proxy)}\r\n`);
    const status = await answerOf(socket);
    if (status >= 200 && status < 300) return socket;
    throw new Error(status === 407 ? "it wants a user and a password (HTTP 407)" : `it answered with HTTP ${status}`);
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw new SocketRefused((error as Error).message, { byProxy: true, cause: error });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** What a certificate is to name. An address is not sent as a name. */
export function tlsName(host: string): string {
  return isIP(host) === 0 ? host : "";
}

function authorization({ username, password }: URL): string {
  if (username === "" && password === "") return "";
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return `Proxy-Authorization: Basic ${btoa(String.fromCharCode(...bytes))}\r\n`;
}

/** The status of the answer. What comes behind it is left on the socket, which is never paused: nobody would resume it. */
function answerOf(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (act: () => void) => {
      socket.off("readable", onReadable).off("error", onError).off("close", onClose);
      act();
    };
    const onReadable = () => {
      for (let chunk: Uint8Array | null; (chunk = socket.read()) !== null;) {
        for (const byte of chunk) text += String.fromCharCode(byte);
        const end = text.indexOf("\r\n\r\n");
        if (end < 0 && text.length < MAX_ANSWER) continue;
        const [, status] = /^HTTP\/1\.[01] (\d{3})\b/.exec(text) ?? [];
        if (end < 0 || status === undefined) return settle(() => reject(new Error("what answered is no HTTP proxy")));
        const rest = text.length - end - 4;
        if (rest > 0) socket.unshift(chunk.subarray(chunk.length - rest));
        return settle(() => resolve(Number(status)));
      }
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error("it closed the connection")));
    socket.on("readable", onReadable).on("error", onError).on("close", onClose);
  });
}
