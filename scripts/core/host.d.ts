/**
 * What the core sees of the host, by name and type alone. `core.deno.json` puts this in the place of the files that name
 * a runtime, so that not even their types reach the core; `agree.ts` fails to compile if it says anything else than they do.
 */
import type { Runtime } from "../../src/runtime/runtime.ts";

// src/runtime/select.ts
export declare function loadRuntime(): Promise<Runtime>;

// src/runtime/real_target.ts
export interface RealTarget {
  readonly path: string;
  readonly separator: string;
}
export declare function realTarget(path: string): Promise<RealTarget | null>;

// src/runtime/ask_line.ts
export declare function askLine(question: string, signal: AbortSignal): Promise<string | null>;

// src/runtime/socket.ts
export interface SocketOptions {
  readonly url: string;
  readonly unixPath?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxMessageBytes: number;
  readonly pingIntervalMs: number;
}
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  readonly error?: unknown;
  readonly tooLong?: true;
  readonly silent?: true;
}
export interface SocketListener {
  message(text: string): void;
  end(end: SocketEnd): void;
}
export interface Socket {
  send(text: string): Promise<void>;
  close(code: number, reason: string): void;
  terminate(): void;
  ref(): void;
  unref(): void;
}
export declare class SocketRefused extends Error {
  readonly status: number | null;
  readonly packageMissing: boolean;
  constructor(
    message: string,
    options?: { readonly status?: number; readonly packageMissing?: boolean; readonly cause?: unknown },
  );
}
export declare function openSocket(
  options: SocketOptions,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<Socket>;
