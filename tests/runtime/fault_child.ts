// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A child process with a fault, chosen by its first argument.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { writeSync } from "node:fs";
import process from "node:process";
import { once } from "node:events";

const [behaviour = "", ...args] = process.argv.slice(2);
const number = (index: number) => Number(args[index] ?? 0);
const forever = () => setInterval(() => {}, 1 << 30);

/** Writes all of it before going on, whatever the pipe does. */
function writeFully(fd: 1 | 2, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

/** A process that does nothing and keeps this one's stdout and stderr open. */
function startIdler(detached: boolean): ChildProcess {
  return spawn("sleep", ["1000"], { stdio: ["ignore", "inherit", "inherit"], detached });
}

/** One in this group that has this one's streams and heeds neither the end of its input nor, if `deaf`, SIGTERM. */
function startDeaf(deaf: boolean): ChildProcess {
  return spawn("sh", ["-c", `trap '${deaf ? "" : "exit"}' TERM; sleep 1000; :`], { stdio: "inherit" });
}

const behaviours: Record<string, () => unknown> = {
  /** Gives back what it is given, until the end of stdin. */
  echo: () => process.stdin.pipe(process.stdout),
  exit: () => process.exit(number(0)),
  die: () => {
    process.kill(process.pid, args[0]);
    forever();
  },
  /** Prints N bytes of stderr in lines of M bytes, then `done`. */
  flood: () => {
    const line = new Uint8Array(number(1)).fill(0x78);
    line[line.length - 1] = 0x0a;
    for (let written = 0; written < number(0); written += line.length) writeFully(2, line);
    writeFully(1, new TextEncoder().encode("done\n"));
  },
  /** Prints N times 16 KiB of stdout, and a dot on stderr after each. */
  pour: () => {
    for (let n = 0; n < number(0); n++) {
      writeFully(1, new Uint8Array(2 ** 14));
      writeFully(2, new TextEncoder().encode("."));
    }
  },
  /** Prints N bytes of stdout, and is gone. */
  last_words: () => {
    writeFully(1, new Uint8Array(number(0)).fill(0x79));
    process.exit(3);
  },
  /** Says why on stderr, and is gone. */
  complain: () => {
    writeFully(2, new TextEncoder().encode("bad configuration: no such model\n"));
    process.exit(7);
  },
  /** The same, in a way that repaints the terminal of whoever shows it. */
  complain_hostile: () => {
    writeFully(2, new TextEncoder().encode("\x1b[2J\x1b]0;title\x07\x9b2J\r\u202e\u200b all is well\n"));
    process.exit(7);
  },
  /** Prints a dot for every signal, reads nothing from stdin until the third, then counts the bytes. */
  slow_reader: () => {
    let signals = 0;
    const timer = forever();
    process.on("SIGUSR2", () => {
      writeFully(1, new TextEncoder().encode("."));
      if (++signals < 3) return;
      clearInterval(timer);
      let count = 0;
      process.stdin.on("data", (chunk: Uint8Array) => count += chunk.length);
      process.stdin.on("end", () => console.log(count));
    });
    console.log("ready");
  },
  /** Heeds neither the end of stdin nor SIGTERM. */
  stubborn: () => {
    process.on("SIGTERM", () => console.log("SIGTERM"));
    process.stdin.resume();
    forever();
    console.log("ready");
  },
  /** Ends at SIGTERM, not before. */
  waits_for_term: () => {
    process.stdin.resume();
    forever();
    console.log("ready");
  },
  /** Starts a process in its own group, prints its pid, and waits. */
  parent: async () => {
    const idler = startIdler(false);
    await once(idler, "spawn");
    console.log(idler.pid);
    forever();
  },
  /** Starts a process that is out of reach of its group, prints its pid, and waits. */
  parent_of_escaped: async () => {
    const idler = startIdler(true);
    await once(idler, "spawn");
    console.log(idler.pid);
    forever();
  },
  /** Leaves behind a process that holds its pipes open and is out of reach of its group. */
  abandons: async () => {
    const idler = startIdler(true);
    await once(idler, "spawn");
    writeFully(1, new TextEncoder().encode(`${idler.pid}\n`));
    process.exit(0);
  },
  /** Ends with its stdin, and leaves behind a process in its group that has none of its pipes. */
  forgets: async () => {
    const idler = spawn("sleep", ["1000"], { stdio: "ignore" });
    await once(idler, "spawn");
    console.log(idler.pid);
    process.stdin.resume().on("end", () => process.exit(0));
  },
  /** A launcher that is killed, as by a lack of memory: what it has launched heeds SIGKILL alone, or (`term`) SIGTERM. */
  launches: async () => {
    const server = startDeaf(args[0] !== "term");
    await once(server, "spawn");
    writeFully(1, new TextEncoder().encode(`${server.pid}\n`));
    process.kill(process.pid, "SIGKILL");
    forever();
  },
  /** Prints its working directory and a variable. */
  surroundings: () => console.log(JSON.stringify({ cwd: process.cwd(), env: process.env, argv: args })),
  /** Answers every line after N ms. */
  late_answer: () => process.stdin.on("data", () => setTimeout(() => console.log("answer"), number(0))),
  /** Prints a word after N ms, and ends. */
  late_words: () => setTimeout(() => console.log("words"), number(0)),
};

const run = behaviours[behaviour];
if (run === undefined) throw new Error(`unknown behaviour ${behaviour}`);
await run();
