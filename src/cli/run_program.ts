import type { Runtime } from "../runtime/runtime.ts";

/** How a program ended, and what it printed. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Output beyond this is thrown away. */
const OUTPUT_MAX = 4 << 20;

/** Runs a program without a shell and without input, and kills it, with what it started, when the signal says so. */
export async function runProgram(
  runtime: Runtime,
  command: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string; readonly signal: AbortSignal },
): Promise<ProgramEnd> {
  const { env, cwd, signal } = options;
  signal.throwIfAborted();
  const child = await runtime.spawn({ command, args, cwd, env });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  if (signal.aborted) kill();
  try {
    child.stdin.close().catch(() => {});
    const [stdout, stderr, { code }] = await Promise.all([textOf(child.stdout), textOf(child.stderr), child.exited]);
    signal.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    if (text.length < OUTPUT_MAX) text += decoder.decode(value, { stream: true });
  }
}
