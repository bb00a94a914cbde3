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
    assertEquals(
      redact('{"cwd":"/root/x","other":"/rooted","sub":"/srv/root/x"}'),
      '{"cwd":"~/x","other":"/rooted","sub":"/srv/root/x"}',
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
