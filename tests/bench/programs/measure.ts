import { cpuUsage, exit, readText } from "./host.ts";

/** What a program took, in milliseconds. */
export interface Taken {
  /** By the clock on the wall. */
  readonly wallMs: number;
  /** While the main thread ran: what the wall clock would show on a machine that does nothing else. */
  readonly mainMs: number;
  /** Of the processor by all threads: collecting garbage and compiling in the background is in it. */
  readonly cpuMs: number;
}

/** Starts both clocks; what it returns stops them. */
export function stopwatch(): () => Taken {
  const cpu = cpuUsage();
  const main = mainThreadMs();
  const start = performance.now();
  return () => {
    const wallMs = performance.now() - start;
    return { wallMs, mainMs: mainThreadMs() - main, cpuMs: cpuUsage() - cpu };
  };
}

/** How long the main thread has run so far, as the Linux kernel counts it. */
export function mainThreadMs(): number {
  return Number(readText("/proc/self/schedstat").split(" ")[0]) / 1e6;
}

/** Prints a program's outcome and ends it, whatever is still open. */
export function finish(outcome: object): never {
  // deno-lint-ignore no-console -- the outcome of a program
  console.log(JSON.stringify(outcome));
  exit();
}

/** Fails unless everything arrived: a fast program that loses something has won nothing. */
export function expectCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} ${what} arrived, not ${expected}`);
}

/** Imports a file of a fetched peer. */
// deno-lint-ignore no-explicit-any -- a package without types here
export async function importPeer(folder: string, file: string): Promise<any> {
  return await import(new URL(`file://${folder}/${file}`).href);
}

/** What is in use once the garbage is gone, in bytes. Bun counts what is outside of the heap as a part of it, too. */
export function memoryInUse(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external } = globalThis.process.memoryUsage();
  return "Bun" in globalThis ? heapUsed : heapUsed + external;
}

/** Empties the heap of garbage, as far as the runtime can be told to. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as { gc?: () => void; Bun?: { gc(synchronously: boolean): void } };
  if (Bun !== undefined) Bun.gc(true);
  else if (gc !== undefined) gc();
  else throw new Error("This runtime was not told to expose gc");
}
