import { Codex, type CodexOptions, type ServerConfig } from "@codex-app-server/sdk";
import { codexHome, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";

/** Numbers that come out the same on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return (state >>> 0) % below;
  };
}

const WORDS = [
  "a",
  "b-c",
  "a.b",
  "/srv/x.y/z",
  "",
  " ",
  "=",
  '"',
  "'",
  "\\",
  "\n",
  "é😀",
  "\x7f",
  "#",
  "{",
  "__proto__",
];

/** What the server keeps of its own accord and gives back as it was: the sets of environment variables. */
function anySet(pick: (below: number) => number): Record<string, string> {
  const set: Record<string, string> = Object.create(null);
  for (let i = pick(5); i >= 0; i--) {
    set[`${WORDS[pick(WORDS.length)]}${WORDS[pick(WORDS.length)]}`] = WORDS[pick(WORDS.length)]!;
  }
  return set;
}

async function effective(options: CodexOptions): Promise<Record<string, unknown>> {
  await using home = await codexHome({
    modelUrl: "http://127.0.0.1:1/v1",
    toml: '[mcp_servers.filed]\ncommand = "filed"\nenabled = false\n',
  });
  await using codex = await Codex.start({ ...options, env: home.env });
  return (await codex.request("config/read", {})).config as unknown as Record<string, unknown>;
}

describe("config of the client (real)", () => {
  test("[V6] reaches the server as it was given, keys with dots included, and leaves its neighbours in files alone", async () => {
    const projects = { "/srv/a.b/c d": { trust_level: "trusted" }, "/plain": { trust_level: "untrusted" } };
    const config: ServerConfig = {
      model: "given",
      "features.memories": true,
      projects,
      mcp_servers: { "my.server": { command: "x", args: ["a=b", '"q"'], env: { "A.B": "\n" }, enabled: false } },
    };
    const found = await effective({ config });
    assertEquals(found["model"], "given");
    assertEquals(found["projects"], projects);
    assertEquals((found["features"] as Record<string, unknown>)["memories"], true);
    const servers = found["mcp_servers"] as Record<string, Record<string, unknown>>;
    assertEquals(Object.keys(servers).sort(), ["filed", "my.server"]);
    assertEquals(servers["my.server"]?.["args"], ["a=b", '"q"']);
    assertEquals(servers["my.server"]?.["env"], { "A.B": "\n" });
  });

  test("[V6] whatever the keys and texts are", async () => {
    const pick = random(7);
    const servers = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [
      `s${index}`,
      { command: WORDS[pick(WORDS.length)]!, env: anySet(pick), enabled: false },
    ]));
    const found = (await effective({ config: { mcp_servers: servers } }))["mcp_servers"] as typeof servers;
    for (const [name, { command, env }] of Object.entries(servers)) {
      assertEquals(found[name]?.command, command);
      assertEquals({ ...found[name]?.env }, { ...env });
    }
  });

  test("[V6] configOverrides are stronger", async () => {
    const found = await effective({ config: { model: "weak" }, configOverrides: ['model="strong"'] });
    assertEquals(found["model"], "strong");
  });

  test("[V6] inheritEnv: false, a turn runs in the environment that was given and nothing else", async () => {
    const secret = "V6_NOT_INHERITED";
    process.env[secret] = "leaks";
    try {
      const { PATH = "" } = process.env;
      await withAppServer({ codex: { inheritEnv: false, env: { PATH, ONLY: "this" } } }, async ({ codex, model }) => {
        const { stdout } = await codex.request("command/exec", {
          command: ["/usr/bin/env"],
          sandboxPolicy: { type: "dangerFullAccess" },
        });
        assert(/^ONLY=this$/m.test(stdout), stdout);
        assert(!stdout.includes(secret), stdout);
        model.reply("hello");
        assertEquals((await (await codex.threadStart()).run("hi")).status, "completed");
      });
    } finally {
      delete process.env[secret];
    }
  });
});
