import type { CliIo } from "@codex-app-server/sdk/cli";

/** A terminal, or a pipe, that a test reads. */
export interface FakeIo {
  readonly io: CliIo;
  readonly out: () => string;
  readonly err: () => string;
}

/** What is left out is a pipe with an empty environment. */
export function fakeIo(given: Partial<CliIo> & { readonly input?: string } = {}): FakeIo {
  let out = "";
  let err = "";
  const text = (chunk: string | Uint8Array) => typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
  const { input = "", ...rest } = given;
  const io: CliIo = {
    env: {},
    cwd: ".",
    signal: new AbortController().signal,
    terminal: { stdin: false, stdout: false, stderr: false },
    columns: 80,
    stdin: () => new Blob([input]).stream(),
    write: (chunk) => Promise.resolve(void (out += text(chunk))),
    writeError: (chunk) => Promise.resolve(void (err += chunk)),
    ...rest,
  };
  return { io, out: () => out, err: () => err };
}
