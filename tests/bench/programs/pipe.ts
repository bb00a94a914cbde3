/**
 * The shortest way from a child's stdout to lines in each runtime: what nothing built on it can be faster than.
 *
 * @module
 */
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { spawn } from "./host.ts";

declare const Bun: {
  spawn(options: { cmd: string[]; stdin: "pipe"; stdout: "pipe"; stderr: "ignore"; env?: Env }): {
    readonly stdin: { write(text: string): void; flush(): void; end(): void };
    readonly stdout: AsyncIterable<Uint8Array>;
  };
};

type Env = Record<string, string | undefined>;

/** A child whose stdout arrives line by line in `onLine`. */
export interface LineChild {
  /** Resolves at the end of its stdout. */
  readonly ended: Promise<void>;
  write(text: string): void;
  end(): void;
}

/** Starts a child and calls `onLine` for each of its lines. */
export function lineChild(command: string, args: string[], onLine: (line: string) => void, env?: Env): LineChild {
  const cut = lineCutter(onLine);
  if ("Deno" in globalThis) {
    const child = new Deno.Command(command, {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      ...(env === undefined ? {} : { clearEnv: true, env: env as Record<string, string> }),
    }).spawn();
    const writer = child.stdin.getWriter();
    const encoder = new TextEncoder();
    return {
      ended: readAll(child.stdout, cut),
      write: (text) => void writer.write(encoder.encode(text)),
      end: () => void writer.close().catch(() => {}),
    };
  }
  if ("Bun" in globalThis) {
    const child = Bun.spawn({
      cmd: [command, ...args],
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
      ...(env === undefined ? {} : { env }),
    });
    return {
      ended: readAll(child.stdout, cut),
      write(text) {
        child.stdin.write(text);
        child.stdin.flush();
      },
      end: () => child.stdin.end(),
    };
  }
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn!(command, args, {
    stdio: ["pipe", "pipe", "ignore"],
    ...(env === undefined ? {} : { env: env as NodeJS.ProcessEnv }),
  });
  child.stdout.on("data", cut);
  return {
    ended: new Promise((resolve) => child.stdout.once("close", () => resolve())),
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
  };
}

/** Cuts bytes into lines and hands them on. */
export function lineCutter(onLine: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    const text = rest + decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      onLine(text.slice(from, at));
      from = at + 1;
    }
    rest = text.slice(from);
  };
}

async function readAll(stdout: AsyncIterable<Uint8Array>, cut: (bytes: Uint8Array) => void): Promise<void> {
  for await (const chunk of stdout) cut(chunk);
}
