import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { allowCommands, firstOf, readOnlyCommands } from "@codex-app-server/sdk/policies";
import { asks, decision } from "./ask.ts";
import { attacks, MARK } from "./attacks.ts";

const PATH = "/usr/local/bin:/usr/bin:/bin";

/** A folder that an attacker has prepared: everything that it could run is there, by the names that it could have. */
function prepare(folder: string): void {
  mkdirSync(join(folder, "sub", "bin"), { recursive: true });
  mkdirSync(join(folder, "bin"));
  for (const name of ["a", "b", "x", "sub/a"]) writeFileSync(join(folder, name), "x\ny\n");
  writeFileSync(join(folder, "list"), "--pre=./evil\ntouch MARK\nx\n");
  const evil = `#!/bin/sh\n/usr/bin/touch '${join(folder, MARK)}'\n`;
  for (const name of ["evil", "cat", "ls", "rg", "sh", "touch", "bin/cat"]) {
    writeFileSync(join(folder, name), evil);
    chmodSync(join(folder, name), 0o755);
  }
}

/** Everything that is there, with its content. */
function snapshot(folder: string): string {
  return readdirSync(folder, { recursive: true }).map(String).sort().map((name) => {
    const found = lstatSync(join(folder, name));
    return `${name} ${found.mode} ${found.isFile() ? readFileSync(join(folder, name), "utf8") : ""}`;
  }).join("\n");
}

describe("policies under attack, in real shells", () => {
  const shells = ["sh", "bash", "dash", "zsh"].filter((shell) => existsSync(`/bin/${shell}`));
  const skip = shells.length === 0 ? "there is no shell here" : false;
  const reading = readOnlyCommands();
  // The programs of the generator that are harmless with any arguments, and the builtins, which are not.
  const words =
    "cat ls head grep echo true pwd print printf test [ [[ read declare typeset export let kill exit trap hash " +
    "enable eval exec command builtin time noglob - ! { ( %1";
  const allowing = allowCommands(words.split(" ").map((word) => [word]));

  test("[P7] [A9] what is accepted writes nothing and runs nothing, of thousands of attacks", { skip }, async (t) => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-attacks-")));
    try {
      const folder = join(base, "folder");
      mkdirSync(folder);
      prepare(folder);
      const before = snapshot(base);
      const accepted: string[] = [];
      for (const script of new Set(attacks(3_000, 1))) {
        // A server that takes everything to be reading: none is as careless.
        if (await decision(firstOf(reading, allowing), asks(script)) === "accept") accepted.push(script);
      }
      assert(accepted.length > 150, `only ${accepted.length} were accepted`);
      t.diagnostic(`${accepted.length} accepted`);
      for (const shell of shells) {
        // Many at a time; when something is left behind, one by one, to tell which.
        for (let at = 0; at < accepted.length; at += 50) {
          const some = accepted.slice(at, at + 50);
          const run = (scripts: readonly string[]) => {
            const driver = scripts.map((_, index) => `/bin/${shell} -c "$${"{"}${index + 1}}" </dev/null`).join("\n");
            spawnSync("/bin/sh", ["-c", driver, "sh", ...scripts], {
              cwd: folder,
              env: { PATH, HOME: base },
              stdio: "ignore",
              timeout: 60_000,
            });
          };
          run(some);
          if (snapshot(base) === before) continue;
          for (const script of some) {
            rmSync(folder, { recursive: true });
            mkdirSync(folder);
            prepare(folder);
            run([script]);
            assertEquals(snapshot(base), before, `${shell}: ${JSON.stringify(script)}`);
          }
          throw new Error(`${shell}: one of ${JSON.stringify(some)} left something behind`);
        }
      }
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });

  test("the attacks are attacks: without a policy they leave their mark", { skip }, () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-attacks-")));
    try {
      prepare(base);
      let marks = 0;
      const harmless = /\b(?:delete|env|exec|find|xargs|kill|rm|sed)\b/;
      for (const script of [...attacks(300, 2)].filter((script) => !harmless.test(script) && !script.includes("\0"))) {
        rmSync(join(base, MARK), { force: true });
        const env = { PATH: `${base}:${PATH}`, HOME: base };
        spawnSync("/bin/sh", ["-c", script], { cwd: base, env, stdio: "ignore", timeout: 10_000 });
        if (existsSync(join(base, MARK))) marks++;
      }
      assert(marks >= 10, `only ${marks} left their mark`);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });
});
