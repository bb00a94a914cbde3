import { spawnSync } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";

/**
 * The Chromium inside `@sparticuz/chromium`, unpacked once, beside the package. Its own way of starting is not used: it
 * unpacks into a folder that all users share, and turns off what tests are about, the same-origin rule among them.
 */
export interface PackagedChromium {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  /** The environment with the libraries that a bare machine lacks; unpacks them. */
  withLibraries(): Promise<Readonly<Record<string, string>>>;
}

/** @throws {Error} If there is none for this machine. */
export async function packagedChromium(): Promise<PackagedChromium> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`it is for Linux on x64, and this is ${process.platform} on ${process.arch}`);
  }
  const folder = dirname(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")));
  const packed = (name: string) => join(folder, "bin", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const home = fileURLToPath(new URL(`node_modules/.chromium/${version}`, import.meta.url));
  const path = await made(join(home, "chromium"), (target) => unpack(packed("chromium.br"), target));
  // Without a configuration there are no letters at all, and not every machine has one.
  const env = existsSync("/etc/fonts/fonts.conf") ? {} : {
    FONTCONFIG_FILE: join(
      await made(join(home, "fonts"), (target) => unpackFonts(packed("fonts.tar.br"), target)),
      "own.conf",
    ),
  };
  return {
    path,
    env,
    async withLibraries() {
      const libraries = await made(join(home, "libraries"), (target) => unpackFolder(packed("al2023.tar.br"), target));
      return {
        ...env,
        LD_LIBRARY_PATH: [join(libraries, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
      };
    },
  };
}

/** Makes what is not there yet; whole or not at all, also where two do so at once. */
async function made(path: string, make: (target: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const temp = mkdtempSync(`${path}-`);
  try {
    await make(join(temp, "made"));
    if (!existsSync(path)) renameSync(join(temp, "made"), path);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
  return path;
}

async function unpack(source: string, target: string): Promise<void> {
  await pipeline(createReadStream(source), createBrotliDecompress(), createWriteStream(target, { mode: 0o755 }));
}

async function unpackFolder(source: string, target: string): Promise<void> {
  mkdirSync(target);
  await unpack(source, `${target}.tar`);
  const { status, stderr } = spawnSync("tar", ["-xf", `${target}.tar`, "-C", target], { encoding: "utf8" });
  if (status !== 0) throw new Error(`tar could not unpack ${source}: ${stderr}`);
}

async function unpackFonts(source: string, target: string): Promise<void> {
  await unpackFolder(source, target);
  // Relative to this file: the folder is renamed when it is whole.
  writeFileSync(
    join(target, "own.conf"),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir prefix="relative">fonts</dir></fontconfig>`,
  );
}
