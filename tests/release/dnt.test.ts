import { assert, assertEquals, assertRejects } from "@std/assert";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildNpm, npmTarball } from "../../scripts/build_npm.ts";
import { buildWithDnt } from "../../scripts/lib/build_dnt.ts";
import { declarationsIn, entryDeclarations } from "../../scripts/lib/declarations.ts";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { readManifest, ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { makeTemp, removeTemp } from "./temp.ts";

const FAKE = new URL("./fake_dnt.ts", import.meta.url).href;
const manifest = readManifest();

// dnt itself is on JSR, which not every machine reaches: fake_dnt.ts does what it does, by the same compiler.
describe("the dnt builder", () => {
  let temp = "";
  let packed = "";
  let built = "";
  let tarball = "";
  let lock = "";

  before(async () => {
    temp = makeTemp();
    lock = readFileSync(join(ROOT, "deno.lock"), "utf8");
    await must("tar", ["-xzf", await npmTarball(join(temp, "other")), "-C", temp], { timeoutMs: 30_000 });
    packed = join(temp, "package");
    built = join(temp, "dnt/package");
    tarball = await buildNpm({ out: built, builder: "dnt", dnt: FAKE });
  });
  after(() => removeTemp(temp));

  const declarations = (folder: string) => findFiles(".", folder).filter((file) => file.endsWith(".d.ts"));

  test("[H3] leaves the code, the manifest and the documents of the other packer, byte for byte", () => {
    const others = (folder: string) => findFiles(".", folder).filter((file) => !file.endsWith(".d.ts"));
    assertEquals(others(built), others(packed));
    for (const file of others(built)) {
      assertEquals(readFileSync(join(built, file), "utf8"), readFileSync(join(packed, file), "utf8"), file);
    }
  });

  test("[H3] leaves the declarations that an entry point leads to, and no others; no polyfills", () => {
    for (const folder of [packed, built]) {
      const reached = new Set(entryDeclarations(manifest));
      for (const file of reached) for (const next of declarationsIn(folder, file)) reached.add(next);
      assertEquals(declarations(folder), [...reached].sort());
    }
    const lost = declarations(packed).filter((file) => !declarations(built).includes(file));
    assertEquals(lost, []);
    assertEquals(declarations(built).filter((file) => file.includes("_dnt")), []);
  });

  test("[H3] the same classes are private in both, as they are on JSR", () => {
    const told = new Map([packed, built].map((folder) => [folder, classes(folder)]));
    for (const [name, isPrivate] of told.get(packed)!) assertEquals(told.get(built)!.get(name), isPrivate, name);
    assertEquals(told.get(packed)!.get("src/declarations.d.ts Codex"), true);
    assertEquals(told.get(packed)!.get("src/declarations.d.ts CodexError"), false);
  });

  test("[H3] generated declarations are as short: what their names say is said once", () => {
    const bytes = (folder: string) =>
      declarations(folder).filter((file) => file.startsWith("gen/"))
        .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    assert(bytes(built) < bytes(packed) * 1.1, `${bytes(built)} and ${bytes(packed)} bytes`);
    assert(statSync(tarball).size <= 450 * 1024, `the tarball has ${statSync(tarball).size} bytes`);
  });

  test("[H3] writes nothing into deno.lock", () => {
    assertEquals(readFileSync(join(ROOT, "deno.lock"), "utf8"), lock);
  });

  test("a dnt that fails is told, and leaves nothing", async () => {
    const missing = new URL("./no_such_dnt.ts", import.meta.url).href;
    await assertRejects(() => buildWithDnt(ROOT, join(temp, "failed"), missing), Error, "no_such_dnt");
    assertEquals(findFiles(".", temp).filter((file) => file.startsWith("failed")), []);
  });

  /** Every class of the declarations, and whether it has private members. */
  function classes(folder: string): Map<string, boolean> {
    return new Map(
      declarations(folder).flatMap((file) => {
        const text = readFileSync(join(folder, file), "utf8");
        const found = text.matchAll(/\bdeclare (?:abstract )?class (\w+)\b[\s\S]*?^\}/gm);
        return [...found].map(([whole, name]) => [`${file} ${name}`, /^ +#private;$/m.test(whole)] as const);
      }),
    );
  }
});
