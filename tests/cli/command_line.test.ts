import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "@codex-app-server/sdk/cli";
import { describe, test } from "node:test";
import { VERSION } from "../../src/version.ts";
import { paint } from "../../src/cli/paint.ts";
import { readArgs } from "../../src/cli/read_args.ts";
import { fakeIo } from "./fake_io.ts";

/** Runs a command line and returns all that it said. */
async function run(...args: string[]) {
  const { io, out, err } = fakeIo();
  return { code: await main(args, io), out: out(), err: err() };
}

describe("the command line", () => {
  test("[C5] --version goes to stdout, with exit code 0", async () => {
    for (const flag of ["--version", "-V"]) assertEquals(await run(flag), { code: 0, out: `${VERSION}\n`, err: "" });
  });

  test("[C5] help goes to stdout; the same text, unasked, to stderr with exit code 2", async () => {
    const { out } = await run("help");
    for (const name of ["doctor", "inspect", "diff", "NO_COLOR", "Exit code"]) assertStringIncludes(out, name);
    for (const flag of ["help", "--help", "-h"]) assertEquals(await run(flag), { code: 0, out, err: "" });
    assertEquals(await run(), { code: 2, out: "", err: out });
  });

  test("[C5] what is not known is exit code 2, with what was probably meant", async () => {
    for (const [wrong, meant] of [["dokter", "doctor"], ["--verson", "--version"], ["insepct", "inspect"]] as const) {
      const { code, out, err } = await run(wrong);
      assertEquals([code, out], [2, ""]);
      assertStringIncludes(err, meant);
    }
    assertEquals((await run("help", "nothing")).code, 2);
    for (const name of ["constructor", "__proto__", "toString"]) assertEquals((await run(name)).code, 2, name);
  });

  test("[C5] whatever is told of what was typed is text, and nothing that a terminal obeys", async () => {
    const evil = "x\x1b]0;title\x07\u202egnp.exe";
    const lines = [[evil], ["help", evil], ["diff", evil], ["doctor", `--${evil}`], ["doctor", "--timeout", evil]];
    for (const args of [...lines, ["inspect", "--open", evil], ["inspect", evil]]) {
      const { code, out, err } = await run(...args);
      assertEquals([code, out], [2, ""]);
      // deno-lint-ignore no-control-regex -- what must not be there
      assertEquals(/[\x00-\x09\x0b-\x1f\u202e]/.test(err), false, JSON.stringify(err));
      assertStringIncludes(err, "title");
    }
  });

  test("[C5] arguments: options anywhere, values by = or a blank, and a word for each mistake", () => {
    const options = { json: { type: "boolean" }, out: { type: "string" } } as const;
    const { values, positionals } = readArgs(["a", "--json", "--out=x", "b"], options, 2);
    assertEquals([{ ...values }, positionals], [{ json: true, out: "x" }, ["a", "b"]]);
    assertEquals({ ...readArgs(["-h"], options).values }, { help: true });
    const message = (args: string[]) => {
      try {
        readArgs(args, options);
      } catch (error) {
        assert(error instanceof Error && error.name === "UsageError");
        return error.message;
      }
      throw new Error(`${args} passed`);
    };
    assertMatch(message(["--jason"]), /no option --jason\. Is --json meant/);
    assertMatch(message(["--out"]), /--out/);
    assertMatch(message(["-x"]), /-x/);
    assertMatch(message(["--json=yes"]), /--json/);
    assertMatch(message(["stray"]), /"stray" is one argument too many/);
    assertEquals(readArgs(["--", "--jason"], options, 1).positionals, ["--jason"]);
  });

  test("[C5] colours: on a terminal, never with NO_COLOR, in a pipe only when forced", () => {
    const red = (env: Record<string, string>, stdout: boolean) =>
      paint({ env, terminal: { stdin: false, stdout, stderr: false } }).red("x") !== "x";
    assertEquals(red({}, true), true);
    assertEquals(red({}, false), false);
    assertEquals(red({ NO_COLOR: "1" }, true), false);
    assertEquals(red({ NO_COLOR: "" }, true), true);
    assertEquals(red({ NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
    assertEquals(red({ TERM: "dumb" }, true), false);
    assertEquals(red({ FORCE_COLOR: "1" }, false), true);
    assertEquals(red({ FORCE_COLOR: "0" }, true), false);
  });
});
