import { assert, assertEquals } from "@std/assert";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, test } from "node:test";
import { API_REFERENCE, apiReference } from "../../scripts/lib/api_reference.ts";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { ROOT } from "./sources.ts";

const DOCUMENTS = [
  "examples/README.md",
  ...findFiles("docs"),
  ...findFiles(".").filter((path) => /^[A-Z]+\.md$/.test(path)),
]
  .filter((path) => path.endsWith(".md"));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** A document without its blocks of code. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "");

const headings = (text: string) => [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading);

/** A heading's anchor, as the web sites make it. */
const anchor = (heading: string) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");

/** The groups of a test file. */
const groups = (path: string) =>
  [...read(path).matchAll(/^describe\((["'])(.+?)\1,/gm)].map(([, , name = ""]) => name.replaceAll("\\", ""));

describe("the documents", () => {
  test("there are documents", () => assert(DOCUMENTS.length >= 10));

  test("every link leads to a file that is there, and to a heading in it", () => {
    const broken: string[] = [];
    for (const path of DOCUMENTS) {
      for (const [, target = ""] of prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = "", hash] = target.split("#");
        const found = file === "" ? path : normalize(join(dirname(path), file));
        if (!existsSync(join(ROOT, found))) broken.push(`${path}: ${target}`);
        else if (hash !== undefined && !headings(read(found)).map(anchor).includes(hash)) {
          broken.push(`${path}: ${target}: no such heading`);
        }
      }
    }
    assertEquals(broken, []);
  });

  test("every document is reached from the README", () => {
    const seen = new Set<string>();
    const visit = (path: string) => {
      if (seen.has(path) || !path.endsWith(".md") || !existsSync(join(ROOT, path))) return;
      seen.add(path);
      for (const [, target = ""] of prose(read(path)).matchAll(/\]\(([^)\s#]+)/g)) {
        if (!/^[a-z]+:/.test(target)) visit(normalize(join(dirname(path), target)));
      }
    };
    visit("README.md");
    assertEquals(DOCUMENTS.filter((path) => !seen.has(path)), []);
  });

  test("a program that is not run says why in the line before it", () => {
    const silent = DOCUMENTS.flatMap((path) => {
      const lines = read(path).split("\n");
      return lines.flatMap((line, index) => {
        if (!/^```(ts|js|tsx|jsx|typescript|javascript) .*\bignore\b/.test(line)) return [];
        const before = lines.slice(0, index).findLast((above) => above.trim() !== "") ?? "";
        return /^<!-- not run: .+ -->$/.test(before) ? [] : [`${path}:${index + 1}`];
      });
    });
    assertEquals(silent, []);
  });

  test("every question of the FAQ has a group of tests, and none is left over", () => {
    const asked = headings(read("docs/faq.md")).slice(1);
    assert(asked.length >= 9);
    // How a release is staged is tested where it is done.
    const elsewhere = ["How is a release staged?"];
    assertEquals(groups("tests/docs/faq.test.ts").sort(), asked.filter((name) => !elsewhere.includes(name)).sort());
  });

  test("every section of the troubleshooting has a group of tests, and none is left over", () => {
    const sections = headings(read("docs/troubleshooting.md")).slice(1);
    const tested = ["failures", "mistakes"].flatMap((kind) => groups(`tests/docs/first_${kind}.test.ts`));
    assertEquals(tested.sort(), sections.sort());
  });

  test("the API reference is what the doc comments say (else: deno task docs:api)", async () => {
    assertEquals(read(API_REFERENCE) === await apiReference(), true);
  });

  test("the README is short", () => assert(read("README.md").split("\n").length < 200));
});
