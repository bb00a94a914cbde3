/**
 * Stands in for codex behind a shim, and does as its arguments say.
 *
 *     echo                 gives back what comes in, and ends with it
 *     flood                writes as fast as it is read; a line on stdin asks how many bytes have left
 *     environment          prints its arguments, folder and environment
 *     code N, kill SIGNAL  ends so
 *     count SIGNAL         says how often it got this signal, when stdin ends
 *     deaf                 closes its stdin, and ends after that
 */
import { closeSync, write } from "node:fs";
import process from "node:process";

const [what, ...rest] = process.argv.slice(Math.max(process.argv.indexOf("app-server") + 1, 2));
const actions = {
  echo() {
    process.stdin.pipe(process.stdout);
  },
  flood() {
    let sent = 0;
    const chunk = Buffer.alloc(65536, "x\n");
    // In the background: a write to process.stdout would block this program as well.
    const some = globalThis.Deno !== undefined
      ? () => globalThis.Deno.stdout.write(chunk)
      : () =>
        new Promise((resolve, reject) => write(1, chunk, (error, written) => error ? reject(error) : resolve(written)));
    const next = () => {
      some().then((written) => (sent += written, next()), (error) => {
        // The pipe is full, and was made one that never blocks.
        if (error.code === "EAGAIN") setTimeout(next, 5);
        else process.exit(0);
      });
    };
    next();
    process.stdin.on("data", () => process.stderr.write(`${sent}\n`));
    process.stdin.on("end", () => process.exit(0));
  },
  environment() {
    process.stdout.write(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), env: process.env }));
  },
  code() {
    process.stdout.write("last words");
    process.exitCode = Number(rest[0]);
    process.stdin.destroy();
  },
  kill() {
    process.kill(process.pid, rest[0]);
    setInterval(() => {}, 1000);
  },
  count() {
    let count = 0;
    process.on(rest[0], () => process.stdout.write(`${++count}\n`));
    process.stdin.resume();
    process.stdin.on("end", () => process.stdout.write("end\n", () => process.exit(0)));
    process.stdout.write("ready\n");
  },
  deaf() {
    process.stdin.destroy();
    try {
      closeSync(0);
    } catch {
      // It was closed by the stream.
    }
    process.on("SIGUSR2", () => process.exit(5));
    process.stdout.write("deaf\n");
    setInterval(() => {}, 1000);
  },
};
actions[what]();
