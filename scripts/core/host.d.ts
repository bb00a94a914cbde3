/**
 * What the core sees of the host, by name and type alone. `core.deno.json` puts this in the place of the files that name
 * a runtime, so that not even their types reach the core; `agree.ts` fails to compile if it says anything else than they do.
 */
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { Socket, SocketListener, SocketOptions } from "../../src/runtime/socket.ts";

// src/runtime/select.ts
export declare function currentRuntime(): Runtime;

// src/runtime/real_target.ts
export interface RealPath {
  readonly path: string;
  readonly separator: string;
}
export interface RealTarget extends RealPath {
  readonly entry: string;
}
export interface Way extends RealTarget {
  readonly folders: readonly string[];
  readonly kind: "file" | "directory" | "other" | "missing";
  readonly links: number;
  readonly executable: boolean;
}
export declare function wayTo(path: string, known?: readonly string[]): Way | null;
export declare function realTarget(path: string, known?: readonly string[]): RealTarget | null;
export declare function realFolder(path: string): RealPath | null;

// src/runtime/find_program.ts
export interface ProgramSearch {
  readonly env: (name: string) => string | undefined;
  readonly cwd: string;
  readonly writable: readonly string[];
}
export declare function findProgram(name: string, search: ProgramSearch): string | null;

// src/runtime/ask_line.ts
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}
export declare function askLine(
  question: string | ((size: TerminalSize) => string),
  signal: AbortSignal,
): Promise<string | null>;

// src/runtime/variable.ts
export declare function variable(name: string): string | undefined;

// src/runtime/ws_socket.ts
export declare function openSocket(
  options: SocketOptions,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<Socket>;
