import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { makeRandom, type Random } from "../../src/testing/random.ts";
import { selfCommand } from "../runtime/self.ts";

const NAMES = ["a", "b", "c", "src", "x.txt", ".git", ".GIT", ".codex", ".Agents", "\u212a", ".g\u200cit", "..."];
const one = <T>({ below }: Random, list: readonly T[]): T => list[below(list.length)]!;

/** A tree with an allowed folder and another one, and links of every kind between all of it. */
function plant(random: Random, base: string): string[] {
  const folders = [join(base, "allowed"), join(base, "outside")];
  for (const folder of folders) mkdirSync(folder);
  const places = [...folders];
  for (let i = 0; i < 40; i++) {
    const parent = one(random, places);
    const path = join(parent, one(random, NAMES));
    const file = one(random, places);
    try {
      switch (random.below(4)) {
        case 0:
          mkdirSync(path);
          places.push(path);
          break;
        case 1:
          writeFileSync(path, "before", { flag: "wx" }); // not by a link
          break;
        case 2:
          linkSync(join(file, "x.txt"), path);
          break;
        default:
          symlinkSync(target(random, base, places), path);
      }
    } catch {
      // It is there already, or what it is to be a name of is not.
    }
  }
  return places;
}

function target(random: Random, base: string, places: readonly string[]): string {
  const magic = [
    "/proc/self/cwd",
    "/proc/self/root",
    "/proc/thread-self/cwd",
    "/proc/self/cwd/..",
    "/dev/fd/../../cwd",
  ];
  const place = one(random, places);
  return one(random, [
    place,
    join(place, one(random, NAMES)),
    one(random, NAMES),
    `../${one(random, NAMES)}`,
    `../../outside/${one(random, NAMES)}`,
    `./../${one(random, NAMES)}/..`,
    one(random, magic),
    one(random, magic) + place,
    `${one(random, magic)}/${one(random, NAMES)}`,
    `${base}/missing/${one(random, NAMES)}`,
    "/proc/self/cwd",
    "",
    "/",
    ".",
  ]);
}

/** A path that somebody may ask to write to. */
function ask(random: Random, base: string, places: readonly string[]): string {
  const way = Array.from(
    { length: 1 + random.below(4) },
    () => one(random, [...NAMES, ...NAMES, ".", "..", "", "new"]),
  );
  const start = one(random, [
    ...places,
    join(base, "allowed"),
    join(base, "link"),
    "/proc/self/cwd",
    `/proc/self/root${base}/allowed`,
    `/proc/${process.pid}/cwd`,
    `/./${base}/allowed/`,
    `${base}/outside/../allowed`,
    `/${base}/ALLOWED`,
    "",
    ".",
  ]);
  return [start, ...way].join(one(random, ["/", "/", "/", "//", "/./"]));
}

/** Everything but what may be changed: the allowed folder's own files, without those that are guarded. */
function snapshot(base: string): string[] {
  return namesBelow(base).sort().flatMap((name) => {
    const inside = name.startsWith("allowed/") && !/\/\.(git|codex|agents)(\/|$)/i.test(name);
    const found = lstatSync(join(base, name));
    if (found.isSymbolicLink()) return [`${name} -> ${readlinkSync(join(base, name))}`];
    if (inside && !(found.isFile() && found.nlink > 1)) return [];
    return [`${name} ${found.isFile() ? readFileSync(join(base, name), "utf8") : "/"}`];
  });
}

/** Without those that a link leads to: not every runtime's own way to list them leaves them out. */
function namesBelow(base: string, folder = ""): string[] {
  return readdirSync(join(base, folder)).flatMap((entry) => {
    const name = join(folder, entry);
    return lstatSync(join(base, name)).isDirectory() ? [name, ...namesBelow(base, name)] : [name];
  });
}

describe("allowPaths under attack", () => {
  test("[P1] [P2] what is accepted changes nothing outside of the folder, by thousands of paths", (t) => {
    if (process.platform === "win32") return t.skip("links need a privilege on Windows");
    const random = makeRandom(3);
    let accepted = 0;
    for (let round = 0; round < 12; round++) {
      const base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-paths-")));
      const list = `${base}.json`;
      const run = (script: string, folder: string, paths: readonly string[], ...args: readonly string[]) => {
        writeFileSync(list, JSON.stringify(paths));
        const [program, ...rest] = selfCommand(script, list, ...args);
        const options = { cwd: join(base, folder), encoding: "utf8", timeout: 60_000 } as const;
        const { status, stdout, stderr } = spawnSync(program, rest, options);
        assertEquals([status, stderr], [0, ""]);
        return stdout;
      };
      try {
        const places = plant(random, base);
        symlinkSync("allowed", join(base, "link"));
        const asked = Array.from({ length: 400 }, () => ask(random, base, places));
        // What /proc/self/cwd is for the one who judges it is not for the one who writes.
        const folders = [join(base, "allowed"), join(base, "link")];
        const paths: string[] = JSON.parse(run("policies/judge_child", "allowed", asked, ...folders));
        accepted += paths.length;
        const before = snapshot(base);
        run("policies/write_child", "outside", paths);
        assertEquals(snapshot(base), before, JSON.stringify(paths));
        // What is removed may lie in the folder, links as well; whatever lies outside stays.
        const kept = before.filter((line) => !/^allowed\/(?!.*\/?\.(?:git|codex|agents)\b).* -> /i.test(line));
        run("policies/write_child", "outside", paths, "remove");
        const left = new Set(snapshot(base));
        assertEquals(kept.filter((line) => !left.has(line)), [], JSON.stringify(paths));
      } finally {
        rmSync(base, { recursive: true, force: true });
        rmSync(list, { force: true });
      }
    }
    assert(accepted > 200, `only ${accepted} were accepted`);
    t.diagnostic(`${accepted} of ${12 * 400} accepted`);
  });
});
