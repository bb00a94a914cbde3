import zopfli from "@gfx/zopfli";
import { createReadStream, createWriteStream, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { findFiles } from "./find_files.ts";

/** The date of every entry: npm's own choice, a day that no file system has trouble with. */
const DATE_S = Date.UTC(1985, 9, 26, 8, 15) / 1000;
const BLOCK = 512;
/** The order of files: declarations, code, and whatever else. */
const KINDS: readonly RegExp[] = [/\.d\.ts$/, /\.js$/, /./];

/**
 * Packs a folder into the tarball that npm installs and publishes, beside the folder; returns its path.
 *
 * Not `npm pack`, for two reasons: entries are sorted by kind and path, so that like stands beside like, which
 * compresses better than npm's order by file name; and nothing of the machine gets in, so the same files make the same
 * bytes. It is made as small as gzip can be, by zopfli, which takes seconds for each MB; with a `level`, by gzip itself.
 */
export async function packTarball(folder: string, level?: number): Promise<string> {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const path = join(dirname(resolve(folder)), `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  const archive = Readable.from(entries(folder));
  if (level === undefined) writeFileSync(path, await smallest(await buffer(archive)));
  else await pipeline(archive, createGzip({ level }), createWriteStream(path));
  return path;
}

async function smallest(archive: Uint8Array): Promise<Uint8Array> {
  return await zopfli.gzipAsync(archive, { numiterations: 1 });
}

/** The bytes of a tar archive with all files of the folder under `package/`. */
async function* entries(folder: string): AsyncGenerator<Uint8Array> {
  const kindOf = (file: string) => KINDS.findIndex((kind) => kind.test(file));
  for (const file of findFiles(".", folder).sort((a, b) => kindOf(a) - kindOf(b))) {
    const { size, mode } = statSync(join(folder, file));
    yield header(`package/${file}`, size, mode & 0o111 ? 0o755 : 0o644);
    yield* createReadStream(join(folder, file));
    yield new Uint8Array((BLOCK - size % BLOCK) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

/** A header in the format `ustar`. */
function header(path: string, size: number, mode: number): Uint8Array {
  // A long path is split at a slash: the folder goes into a field of its own.
  const cut = path.length <= 100 ? 0 : path.indexOf("/", path.length - 101) + 1;
  const block = new Uint8Array(BLOCK);
  const write = (text: string, offset: number) => new TextEncoder().encodeInto(text, block.subarray(offset));
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  if (cut > 156 || path.length - cut > 100 || size >= 8 ** 11) {
    throw new Error(`${path} does not fit into a tar archive`);
  }
  write(path.slice(cut), 0);
  write(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(DATE_S, 11)}\0`, 100);
  write("        0", 148); // the checksum counts itself as blanks; then the type: a plain file
  write("ustar\x0000", 257);
  write(path.slice(0, Math.max(0, cut - 1)), 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(`${octal(sum, 6)}\0 `, 148);
  return block;
}
