import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PROBES } from "../../src/cli/doctor/probes.ts";
import { addressOf, SECTIONS } from "../../src/cli/doctor/sections.ts";
import { readSources, ROOT } from "./sources.ts";

const DOCUMENT = readFileSync(join(ROOT, "docs/troubleshooting.md"), "utf8");
/** Where each section is provoked, and recognised by looking or by its words. */
const TESTS = ["tests/cli/doctor.test.ts", "tests/cli/explain.test.ts"].map((path) =>
  readFileSync(join(ROOT, path), "utf8")
);

describe("docs/troubleshooting.md and the doctor", () => {
  test("[C2] every section has a fix, an address, its words, and a finding with a test that provokes it if it can be seen", () => {
    const headings = [...DOCUMENT.matchAll(/^## (.+)$/gm)].map(([, heading = ""]) => heading);
    assert(headings.length >= 11);
    assertEquals(SECTIONS.map(({ heading }) => heading).sort(), headings.sort());
    for (const section of SECTIONS) {
      assert((section.findings.length > 0 || section.unseen !== undefined) && section.fix !== "", section.heading);
      assert(/#[a-z-]+$/.test(addressOf(section)), addressOf(section));
      const provoked = section.findings.filter((id) => TESTS[0]?.includes(`"${id}"`));
      assert(
        provoked.length > 0 || section.findings.length === 0,
        `no test comes to a finding of "${section.heading}"`,
      );
      assert(TESTS[1]?.includes(`"${section.heading}"`), `no test shows the words of "${section.heading}"`);
    }
  });

  test("[C2] every finding that a section names is one that the doctor comes to", () => {
    const sources = readSources("src/cli/doctor").map(({ code }) => code).join("\n");
    for (const id of SECTIONS.flatMap(({ findings }) => findings)) {
      assert(sources.includes(`id: "${id}"`) || sources.includes(`: "${id}"`), `${id} is nobody's finding`);
    }
    assertEquals(new Set(PROBES.map(({ id }) => id)).size, PROBES.length);
  });
});
