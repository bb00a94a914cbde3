/**
 * The pictures of the documents show what is so.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";
import { QUICKSTART_COMMAND, QUICKSTART_PICTURE, recordQuickstart } from "../../scripts/lib/quickstart_recording.ts";
import { linesOf, terminalPicture, wrapped } from "../../scripts/lib/terminal_picture.ts";
import { ROOT } from "./sources.ts";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("the picture of the quickstart", () => {
  test("(real) shows what is printed today, by the README's own command (else: deno task docs:quickstart)", async () => {
    const pieces = await recordQuickstart();
    const now = wrapped(`$ ${QUICKSTART_COMMAND}\n${pieces.map(({ text }) => text).join("")}`);
    // Where it was recorded: the machine's name of its system, the user's shell, and how its sandbox does.
    const anywhere = (lines: readonly string[]) =>
      lines.map((line) => line.replace(/ \(.*/, "").replace(/\S*sh -l?c/, "sh -c")).filter((line) =>
        !/exit code 1$/.test(line)
      );
    assertEquals(anywhere(linesOf(read(QUICKSTART_PICTURE))), anywhere(now));
    assert(pieces.length > 3, "the text comes in pieces");
    assertStringIncludes(read("README.md"), `\n${QUICKSTART_COMMAND}\n`);
    assertStringIncludes(read("README.md"), `](${QUICKSTART_PICTURE})`);
  });

  test("a terminal's lines come back from its picture: wrapped, in pieces, with any letters", () => {
    const long = "x".repeat(250);
    const picture = terminalPicture([{ at: 0, text: "a <b> &amp;\n\n" }, { at: 50, text: "wo" }, {
      at: 90,
      text: `rd\n${long}`,
    }], "");
    const lines = linesOf(picture);
    assertEquals([lines[0], lines[1], lines[2]], ["a <b> &amp;", "", "word"]);
    assertEquals(lines.slice(3).join(""), long);
    assertEquals(wrapped(`a <b> &amp;\n\nword\n${long}`), lines);
  });

  test("each piece appears when it was printed; where nothing moves, all is seen", () => {
    const picture = terminalPicture([{ at: 0, text: "one\n" }, { at: 100, text: "two\n" }], "Two lines");
    assertStringIncludes(picture, "<title>Two lines</title>");
    const [style = ""] = /<style>[\s\S]*<\/style>/.exec(picture) ?? [];
    assert(style.indexOf("@keyframes") > style.indexOf("@media (prefers-reduced-motion:no-preference)"));
    const starts = [...style.matchAll(/0%,([\d.]+)%\{opacity:0\}/g)].map(([, percent]) => Number(percent));
    assertEquals(starts.length, 2);
    assert(starts[0]! < starts[1]!, `${starts}`);
    assert(!/<text[^>]*opacity/.test(picture));
  });
});

describe("the drawn pictures", () => {
  test("name notifications and requests that there are", () => {
    for (const [path, least] of [["docs/concepts.svg", 8], ["docs/approval.svg", 2]] as const) {
      const names = read(path).match(/\b[a-zA-Z]+(?:\/[a-zA-Z]+)+(?=[,<])/g) ?? [];
      assert(names.length >= least, `${path}: ${names}`);
      const known = new Set([...Object.keys(SERVER_NOTIFICATIONS), ...Object.keys(SERVER_REQUESTS)]);
      assertEquals(names.filter((name) => !known.has(name)), [], path);
    }
  });
});
