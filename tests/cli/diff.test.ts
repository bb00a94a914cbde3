/**
 * `diff`: what changed between two versions of the protocol.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "@codex-app-server/sdk/cli";
import { CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";
import { withSeed } from "@codex-app-server/sdk/testing";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { codexAtHand } from "../../scripts/lib/old_codex.ts";
import { type Change, compareViews } from "../../src/cli/diff/compare.ts";
import { readView, type SchemaFiles } from "../../src/cli/diff/read_view.ts";
import { readSource } from "../../src/cli/diff/source.ts";
import { touchesOf } from "../../src/cli/diff/touches.ts";
import { progress } from "../../src/cli/progress.ts";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { fakeIo } from "./fake_io.ts";

const temp = mkdtempSync(join(tmpdir(), "codex-diff-test-"));
after(() => rmSync(temp, { recursive: true, force: true }));

const own = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1]));
/** Nothing of this user's own cache is read or written. */
const env: Record<string, string> = { ...own, CODEX_VERSIONS_CACHE: join(temp, "cache") };
const PINNED = "0.169.0";

/** A small protocol. Methods have the name of the type of their params. */
interface Protocol {
  readonly definitions: Record<string, unknown>;
  readonly requests: Record<string, string | null>;
  readonly told: Record<string, string>;
}

/** A small protocol, in the words of a schema. */
function protocol(): Protocol {
  const string = { type: "string" };
  return {
    definitions: {
      StartParams: {
        type: "object",
        required: ["cwd"],
        properties: {
          cwd: { ...string, description: "Where to work." },
          mode: { $ref: "#/definitions/Mode" },
          inputs: { type: "array", items: { $ref: "#/definitions/Input" } },
          limits: { type: "object", required: ["tokens"], properties: { tokens: { type: "integer" } } },
        },
      },
      StartResponse: {
        type: "object",
        required: ["id"],
        properties: { id: string, turns: { type: ["array", "null"], items: string } },
      },
      Mode: { type: "string", enum: ["fast", "slow"], description: "How to run." },
      Input: {
        oneOf: [
          {
            type: "object",
            required: ["type", "text"],
            properties: { type: { enum: ["text"], type: "string" }, text: string },
          },
          {
            type: "object",
            required: ["type", "url"],
            properties: { type: { enum: ["image"], type: "string" }, url: string },
          },
        ],
      },
      ToldNotification: { type: "object", required: ["at"], properties: { at: { type: "number" } } },
    },
    requests: { "thing/start": "StartParams", "thing/stop": null },
    told: { "thing/told": "ToldNotification" },
  };
}

function files({ definitions, requests, told }: Protocol): SchemaFiles {
  const methods = (all: Record<string, string | null>) => ({
    oneOf: Object.entries(all).map(([method, params]) => ({
      properties: {
        method: { enum: [method] },
        params: params === null ? { type: "null" } : { $ref: `#/definitions/${params}` },
      },
    })),
  });
  return new Map<string, unknown>([
    ["codex_app_server_protocol.schemas.json", { definitions: { v2: definitions } }],
    ["ClientRequest.json", methods(requests)],
    ["ServerNotification.json", methods(told)],
    ["ServerRequest.json", methods({})],
  ]);
}

/** What to put at paths such as `definitions.Mode.enum`; `undefined` takes away what is there. */
type Edits = Readonly<Record<string, unknown>>;

function edited(edits: Edits): Protocol {
  const all: Protocol = JSON.parse(JSON.stringify(protocol())); // nothing in it twice
  for (const [path, value] of Object.entries(edits)) {
    const steps = path.split(".");
    const last = steps.pop()!;
    const within = steps.reduce<Record<string, unknown>>((at, step) => at[step] as Record<string, unknown>, { ...all });
    if (value === undefined) delete within[last];
    else within[last] = value;
  }
  return all;
}

/** How edits of the definitions, or with a prefix of all, are seen. */
const changes = (edits: Edits): readonly Change[] =>
  compareViews(readView("old", files(protocol()), null), readView("new", files(edited(edits)), null));

const brief = (all: readonly Change[]) =>
  all.map(({ kind, what, name, breaking }) => `${breaking ? "! " : ""}${kind} ${what} ${name}`);

describe("diff", () => {
  test("[C4] what is the same is no change", () => assertEquals(changes({}), []));

  const string = { type: "string" };
  const params = "definitions.StartParams";
  const result = "definitions.StartResponse";
  const cases: Readonly<Record<string, readonly (readonly [Edits, string])[]>> = {
    "methods": [
      [{ "requests.thing/pause": null }, "new request thing/pause"],
      [{ "requests.thing/stop": undefined }, "! gone request thing/stop"],
      [{ "told.thing/gone": "ToldNotification" }, "new notification thing/gone"],
    ],
    "fields: what is sent may not ask for more, what is received may not hold less": [
      [{ [`${params}.properties.name`]: string }, "new field StartParams.name"],
      [
        { [`${params}.properties.name`]: string, [`${params}.required`]: ["cwd", "name"] },
        "! new field StartParams.name",
      ],
      [{ [`${params}.required`]: [] }, "changed field StartParams.cwd"],
      [{ [`${params}.required`]: ["cwd", "mode"] }, "! changed field StartParams.mode"],
      [{ [`${result}.properties.turns`]: undefined }, "! gone field StartResponse.turns"],
      [{ [`${result}.required`]: [] }, "! changed field StartResponse.id"],
      [{ [`${result}.required`]: ["id", "turns"] }, "changed field StartResponse.turns"],
      [{ [`${params}.properties.cwd.type`]: ["string", "null"] }, "changed field StartParams.cwd"],
      [{ [`${result}.properties.id.type`]: ["string", "null"] }, "! changed field StartResponse.id"],
      [{ "definitions.ToldNotification.properties.at.type": "string" }, "! changed field ToldNotification.at"],
      [{ [`${params}.properties.cwd.description`]: "Where." }, "meaning field StartParams.cwd"],
      [{ [`${params}.properties.limits.properties.turns`]: string }, "new field StartParams.limits.turns"],
      [{ [`${params}.properties.limits`]: undefined }, "! gone field StartParams.limits"],
    ],
    "values and variants; a variant that is new says all about its fields": [
      [{ "definitions.Mode.enum": ["fast", "slow", "odd"] }, 'new value Mode "odd"'],
      [{ "definitions.Mode.enum": ["slow"] }, '! gone value Mode "fast"'],
      [{ "definitions.Input.oneOf.length": 1 }, '! gone value Input "image"'],
      [{
        "definitions.Input.oneOf.2": {
          type: "object",
          required: ["type", "path"],
          properties: { type: { enum: ["file"] }, path: string },
        },
      }, 'new value Input "file"'],
      [{ "definitions.Input.oneOf.1.properties.detail": string }, "new field Input.image.detail"],
    ],
  };
  for (const [name, each] of Object.entries(cases)) {
    test(`[C4] ${name}`, () => {
      for (const [edits, expected] of each) assertEquals(brief(changes(edits)), [expected]);
    });
  }

  test("[C4] what a description said, and what it says", () => {
    const all = changes({ "definitions.Mode.description": "How fast." });
    assertEquals(brief(all), ["meaning type Mode", 'meaning value Mode "fast"', 'meaning value Mode "slow"']);
    assertEquals([all[0]?.before, all[0]?.after], ["How to run.", "How fast."]);
  });

  test("[C4] another name of the same plain type breaks nobody", () => {
    const all = changes({
      "definitions.Place": string,
      [`${params}.properties.cwd`]: { $ref: "#/definitions/Place", description: "Where to work." },
    });
    assertEquals(brief(all), ["new type Place", "changed field StartParams.cwd"]);
  });

  test("[C4] experimental, and no longer so", () => {
    const both = files(protocol());
    const less = files(edited({ [`${params}.properties.mode`]: undefined, "requests.thing/stop": undefined }));
    const before = readView("old", both, less);
    const now = readView("new", both, both);
    assertEquals(brief(compareViews(before, now)), ["stable request thing/stop", "stable field StartParams.mode"]);
    assertEquals(brief(compareViews(now, before)), [
      "! experimental request thing/stop",
      "! experimental field StartParams.mode",
    ]);
    assertEquals(compareViews(before, readView("unknown", both, null)), []);
  });

  test("[C4] whichever way it is read: what is new one way is gone the other way (property)", () => {
    const parts = [
      "requests.thing/stop",
      `${params}.properties.cwd`,
      `${params}.properties.limits`,
      `${params}.properties.limits.properties.tokens`,
      `${result}.properties.id`,
      "definitions.Mode.enum.0",
      "definitions.Input.oneOf.0",
      "definitions.Input.oneOf.1.properties.url",
      "definitions.ToldNotification",
    ];
    withSeed((random) => {
      const some = () => parts.filter(() => random.chance(0.3)).reverse();
      const [one, other] = [some(), some()].map((paths) =>
        edited(Object.fromEntries(paths.map((path) => [path, undefined])))
      );
      const [a, b] = [readView("a", files(one!), null), readView("b", files(other!), null)];
      const swap: Record<string, string> = { new: "gone", gone: "new" };
      const forth = compareViews(a, b).map(({ kind, name }) => `${kind} ${name}`);
      const back = compareViews(b, a).map(({ kind, name }) => `${swap[kind] ?? kind} ${name}`);
      assertEquals(forth.sort(), back.sort());
      assertEquals(compareViews(a, a), []);
    });
  });

  test("[C4] a schema that says odd things is read for what it says (property)", () => {
    const keys = [
      "properties",
      "oneOf",
      "anyOf",
      "allOf",
      "enum",
      "items",
      "required",
      "type",
      "$ref",
      "description",
      "x",
    ];
    withSeed((random) => {
      const odd = (depth: number): unknown => {
        const kind = random.below(depth > 4 ? 5 : 7);
        if (kind < 5) return [null, true, 7, "string", "#/definitions/Mode"][kind];
        if (kind === 5) return Array.from({ length: random.below(3) }, () => odd(depth + 1));
        const members = () => [keys[random.below(keys.length)]!, odd(depth + 1)];
        return Object.fromEntries(Array.from({ length: random.below(4) }, members));
      };
      for (let round = 0; round < 200; round++) {
        const all = protocol();
        for (const name of Object.keys(all.definitions)) if (random.chance(0.6)) all.definitions[name] = odd(0);
        const view = readView("odd", files(all), random.chance(0.5) ? files(protocol()) : null);
        assertEquals([...view.types.keys()].sort(), Object.keys(all.definitions).sort());
        compareViews(readView("plain", files(protocol()), null), view);
        assertEquals(compareViews(view, view), []);
      }
      for (const text of [null, [], 7, { definitions: 7 }, { oneOf: [7, { properties: { method: 7 } }] }]) {
        const broken = new Map([...files(protocol()).keys()].map((name) => [name, text] as const));
        readView("broken", broken, broken);
      }
    });
  });

  test("[C4] what it touches: methods in quotes, types by name, fields where their type is mentioned", async () => {
    const folder = join(temp, "program");
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    write("src/a.ts", 'const x = 1;\nawait codex.request("thing/stop", null);\n');
    write("src/b.ts", "import type { StartResponse } from './p';\nconsole.log(answer.turns);\n");
    write("src/c.ts", "// thing/stop and turns are spoken of here\n");
    write("gen/d.ts", '// Generated\n"thing/stop"; StartResponse; x.turns;\n');
    write("node_modules/e/index.js", '"thing/stop"');
    const all = changes({ "requests.thing/stop": undefined, [`${result}.properties.turns`]: undefined });
    const touches = await touchesOf(all, [folder], folder);
    assertEquals(touches.map(({ change, places }) => [change.name, places]), [
      ["thing/stop", ["src/a.ts:2"]],
      ["StartResponse.turns", ["src/b.ts:2"]],
    ]);
  });

  test("[C4] (real) the pinned version reads as gen/ has it: every method, and what is experimental", async () => {
    const { io, err } = fakeIo({ env, cwd: temp });
    const view = await readSource("pinned", io, progress(io));
    assertEquals([view.name, view.knowsExperimental, err()], [PINNED, true, ""]);
    const tables = { request: CLIENT_REQUESTS, notification: SERVER_NOTIFICATIONS, "server request": SERVER_REQUESTS };
    for (const [kind, table] of Object.entries(tables)) {
      const methods = view.methods[kind as keyof typeof tables];
      assertEquals([...methods.keys()], Object.keys(table).sort());
      const marked = [...methods].filter(([, { experimental }]) => experimental).map(([name]) => name);
      const known = Object.entries(table as Record<string, { experimental: boolean }>);
      assertEquals(marked, known.filter(([, { experimental }]) => experimental).map(([name]) => name).sort(), kind);
    }
    assert(view.types.size > 800 && [...view.types.values()].every(({ fields }) => fields instanceof Map));
  });

  test("[C4] (real) two versions, told to people, to a pull request and to programs", async (context) => {
    const old = codexAtHand("0.147.0");
    if (old === null) return context.skip("deno task test:versions --fetch brings the version");
    const run = async (...args: string[]) => {
      const { io, out, err } = fakeIo({ env, cwd: temp });
      return { code: await main(["diff", old, PINNED, ...args], io), out: out(), err: err() };
    };
    const told = await run();
    assertEquals([told.code, told.err], [0, ""]);
    assertMatch(told.out, /^ {2}request +thread\/rollback {2}gone$/m);
    assertMatch(told.out, /^No longer experimental \(\d+\)\n(?:.*\n)*? {2}request +thread\/turns\/list/m);
    assertMatch(told.out, /^ {2}request +thread\/revert$/m);
    assertMatch(told.out, /^ {2}value +ReviewDelivery "detached" {2}gone; in review\/start$/m);
    const pull = await run("--markdown", "--exit-code");
    assertEquals(pull.code, 1);
    assertStringIncludes(pull.out, "\n## Breaks what was written for the older one");
    assertStringIncludes(pull.out, "- request `thread/rollback`: gone\n");
    const report = JSON.parse((await run("--json")).out);
    assertEquals([report.schemaVersion, report.newer.name, report.touches], [1, PINNED, null]);
    assert(report.changes.length > 300);
  });

  test("[C4] (real) the same binary twice: nothing, and exit code 0", async () => {
    const { command } = locateCodex(currentRuntime(), { moduleUrl: import.meta.url });
    const { io, out } = fakeIo({ env, cwd: temp });
    assertEquals(await main(["diff", command, "pinned", "--exit-code"], io), 0);
    assertStringIncludes(out(), "No differences.");
  });

  test("[C4] [C5] (real) a version that is not here is fetched by npm, once, with a word on stderr", async (context) => {
    if (process.platform === "win32") return context.skip("the npm that is played is a shell script");
    const { command } = locateCodex(currentRuntime(), { moduleUrl: import.meta.url });
    const bin = join(temp, "bin");
    mkdirSync(bin);
    // Stands for the registry: a package with this machine's binary in it.
    writeFileSync(
      join(bin, "npm"),
      `#!/bin/sh
echo "$@" >> '${temp}/npm.log'
case "$*" in
  view*) echo 0.999.1; exit 0;;
  *0.999.2*) echo "npm error code ETARGET" >&2; echo "npm error notarget No matching version found" >&2; exit 1;;
esac
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/codex/vendor/some-triple/bin"
ln -s '${command}' "$2/node_modules/codex/vendor/some-triple/bin/codex"
`,
    );
    chmodSync(join(bin, "npm"), 0o755);
    const { ["npm_execpath"]: _, ...rest } = env;
    const run = async (version: string) => {
      const { io, out, err } = fakeIo({ env: { ...rest, PATH: `${bin}:${own["PATH"]}` }, cwd: temp });
      return { code: await main(["diff", version, "pinned"], io), out: out(), err: err() };
    };
    const first = await run("latest");
    assertEquals(first.code, 0, first.err);
    assertMatch(first.err, /^codex 0\.999\.1: fetching it by npm/);
    assertStringIncludes(first.out, "from 0.999.1 to 0.169.0\nNo differences.");
    assertEquals(await run("0.999.1"), { ...first, err: "" });
    const none = await run("0.999.2");
    assertEquals([none.code, none.out], [1, ""]);
    assertStringIncludes(none.err, "there is no such version");
  });

  test("[C4] what it cannot make out is told, and is no stack", async () => {
    for (const name of ["empty", "other"]) mkdirSync(join(temp, name));
    for (const name of ["other/ClientRequest.json", "file"]) writeFileSync(join(temp, name), "{}");
    const run = async (...args: string[]) => {
      // A file where the folder for what is kept would be: nobody can write there.
      const { io, err } = fakeIo({ env: { ...env, CODEX_VERSIONS_CACHE: join(temp, "file") }, cwd: temp });
      return [await main(["diff", ...args], io), err()] as const;
    };
    const cases: readonly (readonly [string[], number, string])[] = [
      [[], 2, "diff OLD [NEW]"],
      [["nowhere"], 2, "neither a version such as 0.169.0, nor a binary or a folder"],
      [["empty"], 2, "generate-json-schema"],
      [["other"], 2, "names no method"],
      [["pinned"], 1, "set CODEX_VERSIONS_CACHE"],
      [["a", "b", "c"], 2, "one argument too many"],
      [["empty", "--json", "--markdown"], 2, "not both"],
      [["empty", "--touches", "nowhere"], 2, "no such file or folder"],
    ];
    for (const [args, code, text] of cases) {
      const [found, told] = await run(...args);
      assertEquals(found, code, args.join(" "));
      assertStringIncludes(told, text);
      assert(!/^\s+at /m.test(told));
    }
    const help = fakeIo();
    assertEquals(await main(["diff", "--help"], help.io), 0);
    assertStringIncludes(help.out(), "--touches");
  });
});
