import { write } from "node:fs";

/** How long to wait for room in a pipe that somebody has made one that never blocks. */
const AGAIN_MS = 5;

/** The one function of Deno's streams that is used here. */
type DenoStream = { write(chunk: Uint8Array): Promise<number> };

/**
 * Writes to this program's own stdout (1) or stderr (2) in the background: what else goes on in it goes on while nobody
 * reads. `process.stdout` will not do for that, for on Node a full pipe blocks the whole program; nor will `node:fs` on
 * Deno, where it does the same.
 *
 * @returns Resolves when the system has taken all of it; rejects if nobody reads any more.
 */
export async function writeOwn(fd: 1 | 2, chunk: Uint8Array): Promise<void> {
  const some = "Deno" in globalThis
    ? denoWriter(fd === 1 ? globalThis.Deno.stdout : globalThis.Deno.stderr)
    : (rest: Uint8Array) => nodeWrite(fd, rest);
  for (let at = 0; at < chunk.length;) at += await some(chunk.subarray(at));
}

function denoWriter(stream: DenoStream): (rest: Uint8Array) => Promise<number> {
  return (rest) => stream.write(rest);
}

function nodeWrite(fd: number, rest: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, rest, 0, rest.length, null, (error, written) => {
      if (error === null || error === undefined) resolve(written);
      else if (error.code === "EAGAIN") setTimeout(resolve, AGAIN_MS, 0);
      else reject(error);
    });
  });
}
