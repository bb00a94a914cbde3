/** A client that a test starts: says what it has found in place of codex, and ends as it is told. */
import { writeFileSync } from "node:fs";
import process from "node:process";

const [file, code] = process.argv.slice(2);
writeFileSync(file, JSON.stringify({ codex: process.env.CODEX_BIN, path: process.env.PATH, cwd: process.cwd() }));
if (code?.startsWith("SIG")) process.kill(process.pid, code);
else process.exit(Number(code));
