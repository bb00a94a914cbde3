import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { configOverrides, type ServerConfig } from "../../src/transport/config_overrides.ts";

describe("configuration as command line", () => {
  test("[V6] a value is a pair of its own, so that neighbours in the user's files stay", () => {
    assertEquals(
      configOverrides({
        model: "gpt-5",
        tool_output_token_limit: 1000,
        features: { plugins: false, memories: true },
        shell_environment_policy: { set: { A: "1" }, exclude: ["B*"] },
      }),
      [
        'model="gpt-5"',
        "tool_output_token_limit=1000",
        "features.plugins=false",
        "features.memories=true",
        'shell_environment_policy.set.A="1"',
        'shell_environment_policy.exclude=["B*"]',
      ],
    );
  });

  test("[V6] the server splits keys at dots, so a table with such a key goes whole", () => {
    assertEquals(
      configOverrides({
        mcp_servers: { "my.server": { command: "x", env: { "A.B": "1" } }, plain: { args: [] } },
        projects: { '/a b/"c"=é\n': { trust_level: "trusted" } },
      }),
      [
        'mcp_servers={"my.server"={command="x",env={"A.B"="1"}},plain={args=[]}}',
        'projects={"/a b/\\"c\\"=é\\n"={trust_level="trusted"}}',
      ],
    );
  });

  test("[V6] a dotted key at the top is a path, and meets what is nested", () => {
    const config = { "mcp_servers.one.command": "a", mcp_servers: { "t.w.o": { command: "b" } }, "features.x": true };
    assertEquals(configOverrides(config), [
      'mcp_servers={one={command="a"},"t.w.o"={command="b"}}',
      "features.x=true",
    ]);
    assertEquals(configOverrides({ features: { a: true }, "features.b": true }), [
      "features.a=true",
      "features.b=true",
    ]);
    assertThrows(() => configOverrides({ "a.b": 1, a: { b: 2 } }), TypeError, "config.a.b is given twice");
    assertThrows(() => configOverrides({ a: 1, "a.b": 2 }), TypeError, "config.a is given as a value and as a table");
  });

  test("[V6] numbers, texts, empty and missing values are TOML's", () => {
    const shared = { s: 1 };
    const config: ServerConfig = {
      ...{
        int: -3,
        float: 1.5,
        large: 1e20,
        larger: 1e300,
        unsafe: 2 ** 53,
        text: 'a\x7f"\\\u2028\ud83d\0',
        none: undefined,
      },
      ...{ table: {}, list: [{ a: { "b.c": [true] } }, []], one: shared, two: shared, inner: { none: undefined } },
      ...JSON.parse('{"__proto__":{"x":1}}'),
    };
    assertEquals(configOverrides(config), [
      "int=-3",
      "float=1.5",
      "large=100000000000000000000.0",
      "larger=1e+300",
      "unsafe=9007199254740992.0",
      'text="a\\u007f\\"\\\\\u2028\ufffd\\u0000"',
      "table={}",
      'list=[{a={"b.c"=[true]}},[]]',
      "one.s=1",
      "two.s=1",
      "inner={}",
      "__proto__.x=1",
    ]);
  });

  test("[V6] what is no configuration is refused by its place, and not shown", () => {
    const circle: Record<string, unknown> = {};
    circle["list"] = [circle, circle];
    const secret = "do-not-show";
    const wrong: [unknown, string][] = [
      [{ a: { b: null } }, "config.a.b: expected a string, number, boolean, array or plain object, found null"],
      [{ a: [undefined] }, "config.a[0]: expected a string, number, boolean, array or plain object, found undefined"],
      [{ a: new Date(0) }, "found an object of class Date"],
      [{ a: new Map([[secret, secret]]) }, "found an object of class Map"],
      [{ a: NaN }, "config.a: expected a finite number, found NaN"],
      [{ a: 1n }, "found bigint"],
      [{ a: () => secret }, "found function"],
      [{ a: circle }, "config.a.list[0] holds itself"],
      [{ "a b": 1 }, 'config: "a b" is no key or path of keys'],
      [{ "": 1 }, 'config: "" is no key'],
      [{ "a..b": 1 }, 'config: "a..b" is no key'],
      [[secret], "config: expected a plain object, found an array"],
      [secret, "config: expected a plain object, found string"],
      [null, "config: expected a plain object, found null"],
    ];
    for (const [config, message] of wrong) {
      const error = assertThrows(() => configOverrides(config as ServerConfig), TypeError, message);
      assertEquals((error as Error).message.includes(secret), false, message);
    }
    let deep: ServerConfig = {};
    for (let i = 0; i < 100; i++) deep = { deep };
    assertThrows(() => configOverrides(deep), TypeError, "nested more than 64 deep");
  });
});
