import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { redact } from "../../src/transport/redact.ts";

const SECRET = "hunter2-hunter2-hunter2";

describe("redact", () => {
  const hidden: Record<string, string> = {
    "a member": `{"apiKey":"${SECRET}"}`,
    "a member in snake case": `{"access_token": "${SECRET}"}`,
    "a member with a prefix": `{"OPENAI_API_KEY":"${SECRET}"}`,
    "a member within a string": JSON.stringify({ arguments: JSON.stringify({ token: SECRET }) }),
    "a member whose value has escaped quotes": JSON.stringify({ password: `"${SECRET}"` }),
    "a header": `{"Authorization":"Basic ${SECRET}"}`,
    "a header in a command": `curl -H 'authorization: Bearer ${SECRET}'`,
    "a bearer token in a text": `the server wants Bearer ${SECRET} here`,
    "an assignment": `env OPENAI_API_KEY=${SECRET} codex`,
    "a flag": `tool --auth-token=${SECRET} run`,
    "a provider key": `sk-proj-${SECRET}`,
    "a JSON Web Token": `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}`,
  };
  for (const [what, line] of Object.entries(hidden)) {
    test(`takes out ${what}`, () => {
      const text = redact(line);
      assert(!text.includes(SECRET), text);
      assert(text.includes("[redacted]"), text);
      assertEquals(redact(text), text, "redacting twice changes nothing more");
    });
  }

  const S = "s3cr3tV4lueAbCdEfGhIjKlMn0123";
  const json = JSON.stringify;
  const kinds: Record<string, string> = {
    "a member, quotes escaped by hand": json({ cmd: `curl -d "${json({ password: S }).replaceAll('"', '\\"')}" x` }),
    "a member whose name is written in escapes": `{"\\u0061piKey":"${S}"}`,
    "a member whose value is a number": `{"password":12345678901234,"n":1}`,
    "a list and an object": json({ tokens: [S], credentials: { user: "ada", key: S } }),
    "name and value, in both orders": json([{ name: "API_KEY", value: S }, { value: S, key: "client_secret" }]),
    "an answer to a question": json({ id: "password", answer: S }),
    "arguments": json(["tool", "--token", S, "-u", `ada:${S}`, "-H", `X-Api-Key: ${S}`]),
    "headers in a list": json([["X-Api-Key", S], ["authorization", S]]),
    "docker's login": json({ auths: { "ghcr.io": { auth: S } } }),
    "a private key, line by line": json(["-----BEGIN PRIVATE KEY-----", S, "-----END PRIVATE KEY-----"]),
    ".npmrc": `//registry.example.org/:_authToken=${S}\n_auth = ${S}`,
    ".netrc": `machine x login ada password ${S}`,
    ".env": `PASSWORD=a\\ ${S}\nB_TOKEN='a b ${S}'\nexport C_SECRET="${S}"`,
    "other shells": `set -x OPENAI_API_KEY ${S}; setx API_KEY ${S}; $env:API_KEY = "${S}"`,
    "a substituted command": `TOKEN=$(echo ${S}) run`,
    "passwords of programs": `mysql -u a -p${S}; sshpass -p ${S} ssh x; docker login -u a -p ${S}; curl -uada:${S} x`,
    "code": `os.environ['API_KEY'] = '${S}'; OpenAI(api_key="${S}"); const apiKey = \`${S}\`; { apiKey: '${S}' }`,
    "XML": `<password>${S}</password><add key="ApiKey" value="${S}"/><input type="password" value="${S}">`,
    "TOML": `api_key = """${S}"""\nb_token = '''${S}'''\nc_secret = "${S}"`,
    "YAML": `password: |\n  ${S}\n  ${S}\ntokens:\n  - ${S}\n  - x\nsecret: a b ${S}\nother: 1`,
    "connection strings": `Pwd=${S};Server=x;AccountKey=${S}==;Endpoint=y`,
    "addresses": `redis://:${S}@h https://${S}@github.com/x https://x/?token=${S}&sig=${S} ` +
      `https://hooks.slack.com/services/T/B/${S}`,
    "a sentence": `my password is ${S}`,
    "a line that was cut": `{"a":1,"apiKey":"${S}`,
    "JSON within JSON that was cut": json({ x: json({ apiKey: S }) }).slice(0, -5),
    "a value before its name, cut": `{"env":[{"value":"${S}","name":"API_KEY"`,
    "JSON behind a banner": `12:00 INFO got ${json({ value: S, name: "API_KEY" })} from ada`,
    "lines of JSON": `${json({ apiKey: S })}\n${json({ token: S })}`,
  };
  for (const [what, line] of Object.entries(kinds)) {
    test(`[P12] takes out ${what}`, () => {
      const text = redact(line);
      assert(!text.includes(S) && !text.includes("12345678901234"), text);
      assert(text.includes("[redacted]"), text);
      assertEquals(redact(text), text, "redacting twice changes nothing more");
    });
  }

  test("[P12] leaves alone what only sounds like a secret", () => {
    const words = [
      "total tokens: 1234, tokens used 500",
      "The password field must not be empty; a passwordless login",
      "see https://host:8080/a@b, user@example.org and git@github.com:a/b.git",
      "bearer of bad news, basic authentication",
      "src/auth/token.ts: 5 errors, tokenizer: fast, cookie-parser, author: ada, compass: north, bypass: yes",
      "if (token === undefined) return; import { token } from './token'",
      json({ max_tokens: 4096, tokenUsage: { last: { inputTokens: 3 } }, token_url: "https://x", password_file: "/x" }),
      json({ authMode: "chatgpt", type: "apiKey", nextCursor: "abc", cmd: ["cat", "secret", "file"], tokenId: "t1" }),
      '{ "spaces" : [ 1.0 , 1e5, 12345678901234567890 ], "same":1, "same":2, "\\u00e9": "\\/" }',
    ];
    for (const text of words) assertEquals(redact(text), text);
  });

  test("[P12] takes time in proportion to the length, whatever the text", () => {
    // Were it quadratic for one of them, this would take minutes.
    const units = [
      "-eyJ",
      "\\",
      '"',
      '\\"',
      "token",
      "token=",
      "token:[",
      'token:["',
      'token:\\"',
      '["',
      '["token",',
      '{"token":',
    ]
      .concat("password='", 'password="a', "://", "://a:", "-----BEGIN PRIVATE KEY-----", "bearer ", " -u a:", "sk-")
      .concat(
        "aaaaaaaaaaaa.",
        "C:\\Users\\",
        "--token ",
        "secret \n",
        'cookie: "',
        '"name":"token","value":',
        "\\u0041",
      )
      .concat("password:\n- ", "<token>", "$(token=");
    for (const unit of units) {
      const text = unit.repeat(120_000 / unit.length);
      for (const line of [text, json({ text }), json(json(text)), `{"a":"${text}`, `${text}"}]`]) redact(line);
    }
  });

  test("[P12] no size of a secret is too much", () => {
    const long = "x".repeat(20_000_000);
    assertEquals(redact(json({ token: long, n: 1 })), '{"token":"[redacted]","n":1}');
    assertEquals(redact(json({ token: '"'.repeat(4_000_000) })), '{"token":"[redacted]"}');
    assertEquals(redact(`sk-${long}`), "[redacted]");
    assertEquals(redact(`TOKEN=${long} x`), "TOKEN=[redacted] x");
    assertEquals(redact(`-----BEGIN PRIVATE KEY-----${long}`), "-----BEGIN PRIVATE KEY-----[redacted]");
    assert(!redact(json({ a: json({ password: long }) })).includes("xxx"));
  });

  test("leaves JSON valid and everything else as it was", () => {
    const line = JSON.stringify({ method: "thread/tokenUsage/updated", params: { tokenUsage: { totalTokens: 12 } } });
    assertEquals(redact(line), line);
    const text = JSON.stringify({ delta: "the token economy, my_secretary and a passwordless login\u2028" });
    assertEquals(redact(text), text);
    assertEquals(JSON.parse(redact(`{"apiKey":"a\\"b","n":1}`)), { apiKey: "[redacted]", n: 1 });
  });

  test("takes the person's name out of paths", () => {
    assertEquals(redact('{"cwd":"/home/ada/project"}'), '{"cwd":"~/project"}');
    assertEquals(redact('{"cwd":"/Users/ada"}'), '{"cwd":"~"}');
    assertEquals(redact('{"cwd":"C:\\\\Users\\\\ada\\\\project"}'), '{"cwd":"~\\\\project"}');
    const home = "/root";
    assertEquals(
      redact(`{"cwd":"${home}/x","other":"${home}ed","sub":"/srv${home}/x"}`),
      `{"cwd":"~/x","other":"${home}ed","sub":"/srv${home}/x"}`,
    );
  });

  test("[H2] takes out a name with blanks and letters of any kind, where quotes or backslashes tell how far it goes", () => {
    const cases: Record<string, string> = {
      '{"cwd":"/home/some one/pröjekt","n":1}': '{"cwd":"~/pröjekt","n":1}',
      '{"cwd":"/home/some one","b":"/Users/Ada B. King/x"}': '{"cwd":"~","b":"~/x"}',
      '{"cwd":"C:\\\\Users\\\\Ada Lovelace\\\\x"}': '{"cwd":"~\\\\x"}',
      '{"command":"/bin/bash -lc \'cat \\"/home/some one/a b\\"\'"}': '{"command":"/bin/bash -lc \'cat \\"~/a b\\"\'"}',
      "ls '/home/some one/x' /home/ada/y": "ls '~/x' ~/y",
      "ls /home/some\\ one/x": "ls ~/x",
      '{"command":"ls /home/some\\\\ one/x"}': '{"command":"ls ~/x"}',
      "file:///home/jörg%20z/x": "file://~/x",
    };
    for (const [line, expected] of Object.entries(cases)) {
      assertEquals(redact(line), expected);
      assertEquals(redact(expected), expected);
    }
  });

  test("what follows a home folder in a sentence stays", () => {
    for (const rest of [" is where it is", " and /tmp/x", ": src/a.ts", " src/a.ts and more"]) {
      assertEquals(redact(`Look: /home/ada${rest}`), `Look: ~${rest}`);
      assertEquals(redact(JSON.stringify({ delta: `in /home/ada${rest}` })), JSON.stringify({ delta: `in ~${rest}` }));
    }
  });
});
