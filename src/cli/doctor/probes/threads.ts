/**
 * The stored threads: who holds them, and whether their files are whole.
 *
 * @module
 */
import { open, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Finding } from "../finding.ts";
import { homeOf } from "../patient.ts";
import { otherwise } from "../otherwise.ts";
import type { Probe } from "../probe.ts";

/** Threads that a process has open for writing: another one gets a `ThreadBusyError`. */
export const LOCKS: Probe = {
  id: "threads.held",
  doing: "Looking who holds threads",
  timeoutMs: 10_000,
  async run(patient) {
    const { path: home } = homeOf(patient);
    const folder = home === null ? null : join(home, "thread-writer-locks");
    const names = folder === null
      ? []
      : (await readdir(folder).catch(otherwise<string[]>([]))).filter((name) => /^\w.*\.lock$/.test(name));
    if (folder === null || names.length === 0) {
      return [{ id: "threads.held", status: "ok", summary: "no process holds a thread" }];
    }
    const kernel = await readFile("/proc/locks", "utf8").catch(otherwise(null));
    if (kernel === null) {
      const summary = "Who holds threads can be seen on Linux alone";
      return [{ id: "threads.held", status: "skipped", summary, details: [`locks are in ${folder}`] }];
    }
    const holders = await holdersOf(folder, names, kernel);
    if (holders.size === 0) return [{ id: "threads.held", status: "ok", summary: "no process holds a thread" }];
    const threads = [...holders.values()].flat();
    const processes = await Promise.all([...holders].map(async ([pid, ids]) => {
      const who = pid === 0 ? "a process outside of this container" : `process ${pid} (${await programOf(pid)})`;
      return `${who} holds ${ids.join(", ")}`;
    }));
    return [{
      id: "threads.held",
      status: "warning",
      summary: `${threads.length === 1 ? "A thread is" : `${threads.length} threads are`} held by another process`,
      details: processes,
      fix:
        "End that process, or let it call thread.release(); to go on beside it, fork the thread. Who holds a thread " +
        "keeps it for 30 idle minutes.",
    }];
  },
};

/** The threads by the process that has their lock, as the kernel tells it. */
async function holdersOf(folder: string, names: readonly string[], kernel: string): Promise<Map<number, string[]>> {
  const byInode = new Map<string, number>();
  // `5: FLOCK  ADVISORY  WRITE 28154 fe:00:10741002 0 EOF`
  for (const [, pid = "", inode = ""] of kernel.matchAll(/^\d+: \S+ +\S+ +WRITE (\d+) \S+?:\S+?:(\d+) /gm)) {
    byInode.set(inode, Number(pid));
  }
  const holders = new Map<number, string[]>();
  for (const name of names) {
    const file = join(folder, name);
    const pid = byInode.get(String((await stat(file).catch(otherwise(null)))?.ino));
    // Inodes of other file systems may have the same number; whose files may not be looked at is believed.
    if (pid === undefined || pid === process.pid || await hasOpen(pid, file) === false) continue;
    holders.set(pid, [...holders.get(pid) ?? [], name.replace(/\.lock$/, "")]);
  }
  return holders;
}

async function hasOpen(pid: number, file: string): Promise<boolean | null> {
  const folder = `/proc/${pid}/fd`;
  const fds = await readdir(folder).catch(otherwise(null));
  if (fds === null) return null;
  const wanted = await pathAsProcSeesIt(file);
  for (const fd of fds) if (await readlink(`${folder}/${fd}`).catch(otherwise("")) === wanted) return true;
  return false;
}

async function pathAsProcSeesIt(file: string): Promise<string> {
  const handle = await open(file, "r").catch(otherwise(null));
  if (handle === null) return file;
  try {
    return await readlink(`/proc/self/fd/${handle.fd}`).catch(otherwise(file));
  } finally {
    await handle.close();
  }
}

/** The program's name alone: arguments may hold what is nobody's business. */
async function programOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, "utf8").catch(otherwise("unknown"))).trim();
}

/** So many of the newest files are looked into. */
const FILES_MAX = 500;
/** `rollout-2026-11-26T00-49-02-THREAD.jsonl` */
const ROLLOUT = /^rollout-.*?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.jsonl$/;

/** The files of the threads. */
export const ROLLOUTS: Probe = {
  id: "threads.files",
  doing: "Looking at stored threads",
  timeoutMs: 20_000,
  async run(patient, signal) {
    const { path: home } = homeOf(patient);
    if (home === null) return [];
    const active = await rollouts(join(home, "sessions"));
    const archived = await rollouts(join(home, "archived_sessions"));
    const findings: Finding[] = [];
    const twice = [...active.keys()].filter((id) => archived.has(id));
    if (twice.length > 0) {
      findings.push({
        id: "threads.twice",
        status: "warning",
        summary: `${twice.length} thread(s) are stored and archived at once: an archiving was cut off`,
        details: twice.flatMap((id) => [active.get(id)!, archived.get(id)!]),
        fix: "Keep the longer of the two files and move the other away while no codex runs.",
      });
    }
    const newest = [...active.values(), ...archived.values()].sort().slice(-FILES_MAX);
    const broken: string[] = [];
    for (const file of newest) {
      signal.throwIfAborted();
      const why = await whatIsWrong(file);
      if (why !== null) broken.push(`${file}: ${why}`);
    }
    if (broken.length > 0) {
      findings.push({
        id: "threads.broken",
        status: "warning",
        summary: `${broken.length} stored thread(s) cannot be resumed or lack their end`,
        details: broken.slice(0, 20),
        fix: "Such a thread may fail to resume: start a new one. Nothing else suffers; the file can be moved away.",
      });
    }
    if (findings.length > 0) return findings;
    const summary = `${active.size} stored, ${archived.size} archived` +
      (newest.length < active.size + archived.size ? `; the newest ${FILES_MAX} are whole` : "");
    return [{ id: "threads.files", status: "ok", summary }];
  },
};

async function rollouts(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true }).catch(otherwise<string[]>([]));
  const found = new Map<string, string>();
  for (const name of names) {
    const id = ROLLOUT.exec(name.split(/[\\/]/).at(-1) ?? "")?.[1];
    if (id !== undefined) found.set(id, join(folder, name));
  }
  return found;
}

/** A rollout begins with a line that says which thread it is, and ends with a line break. */
async function whatIsWrong(path: string): Promise<string | null> {
  const file = await open(path, "r").catch(otherwise(null));
  if (file === null) return "it cannot be read";
  try {
    const { size } = await file.stat();
    if (size === 0) return "it is empty";
    const first = new Uint8Array(Math.min(size, 64));
    await file.read(first, 0, first.length, 0);
    const last = new Uint8Array(1);
    await file.read(last, 0, 1, size - 1);
    if (!/^\s*\{/.test(new TextDecoder().decode(first))) return "its first line is no JSON";
    return last[0] === 10 ? null : "its last line was cut off";
  } finally {
    await file.close();
  }
}
