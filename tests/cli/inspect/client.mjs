/**
 * A client that a test starts: says what it has found in place of codex, and ends as it is told: by an exit code, by a
 * signal of its own, or after so many of another's.
 */
import { writeFileSync } from "node:fs";
import process from "node:process";

const [file, end, times] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ codex: process.env.CODEX_BIN, path: process.env.PATH, cwd: process.cwd() }));
if (times !== undefined) {
  let count = 0;
  process.on(end, () => {
    process.stdout.write(`${++count}\n`);
    if (count === Number(times)) process.exit(9);
  });
  setInterval(() => {}, 1000);
  process.stdout.write("ready\n");
} else if (end.startsWith("SIG")) process.kill(process.pid, end);
else process.exit(Number(end));
