/**
 * What the server and the policies are given: the home, the folders of PATH, proxies, optional packages.
 *
 * @module
 */
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, resolve, sep } from "node:path";
import type { Finding } from "../finding.ts";
import { homeOf, installation } from "../patient.ts";
import { otherwise } from "../otherwise.ts";
import type { Probe } from "../probe.ts";

const TIMEOUT_MS = 10_000;

/** The folder that codex keeps its configuration, its login and its threads in. */
export const HOME: Probe = {
  id: "home",
  doing: "Looking at the home of codex",
  timeoutMs: TIMEOUT_MS,
  async run(patient) {
    const { path, named } = homeOf(patient);
    const problem = (summary: string, fix: string): Finding[] => [{ id: "home", status: "problem", summary, fix }];
    if (Object.keys(patient.io.env).length === 0) {
      return [{ id: "home", status: "skipped", summary: "not looked at: the environment is not known" }];
    }
    if (path === null) return problem("Neither CODEX_HOME nor HOME is set", "Set HOME, or CODEX_HOME, to a folder.");
    const unasked = named ? patient.runtime.unaskedSource("CODEX_HOME") : null;
    if (unasked !== null) {
      return problem(`CODEX_HOME comes from ${unasked}, which is read unasked`, "Set it outside of the file.");
    }
    const found = await stat(path).catch(otherwise(null));
    if (found === null && named) {
      return problem(`CODEX_HOME is ${path}, and there is no such folder`, `mkdir -p "${path}", or unset CODEX_HOME.`);
    }
    if (found === null) {
      return [{ id: "home", status: "note", summary: `${path} is not there yet: codex was never used here` }];
    }
    if (!found.isDirectory()) return problem(`${path} is not a folder`, "Move it away, or set CODEX_HOME.");
    const canWrite = await access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(() => true, () => false);
    if (!canWrite) {
      return problem(
        `${path} cannot be written to by this user`,
        "Make it this user's own (chown, chmod u+rwx), or set CODEX_HOME to a folder that is.",
      );
    }
    if (named && !isAbsolute(patient.io.env["CODEX_HOME"] ?? "")) {
      return [{
        id: "home",
        status: "warning",
        summary: `CODEX_HOME is a relative path, here ${path}`,
        fix: "Make it absolute: what it leads to depends on the working directory.",
      }];
    }
    return [{ id: "home", status: "ok", summary: path }];
  },
};

/** Folders of PATH by which the agent could choose what a command runs: policies that accept commands then accept none. */
export const PATH: Probe = {
  id: "path.workspace",
  doing: "Looking at PATH",
  timeoutMs: TIMEOUT_MS,
  async run({ io, wishes, runtime }) {
    const workspace = await real(resolve(io.cwd, wishes.from ?? "."));
    const path = io.env["PATH"] ?? io.env["Path"] ?? "";
    if (path === "") {
      return [{
        id: "path.workspace",
        status: "warning",
        summary: "PATH is empty",
        fix: "Set PATH: commands need it.",
      }];
    }
    const bad: string[] = [];
    for (const folder of path.split(delimiter)) {
      if (folder === "" || !isAbsolute(folder)) bad.push(`${folder || "an empty entry"} (relative)`);
      else if (isWithin(await real(folder), workspace)) bad.push(folder);
    }
    if (bad.length === 0) {
      return [{ id: "path.workspace", status: "ok", summary: "no folder of PATH lies in the workspace" }];
    }
    // `npx doctor` has such a PATH itself, whatever the PATH of the program is that is to be helped.
    const byNpx = io.env["npm_command"] === "exec" || io.env["npm_lifecycle_event"] !== undefined ||
      runtime.name === "bun" && bad.every((folder) => /node_modules[\\/]\.bin$|bunx-/.test(folder));
    return [{
      id: "path.workspace",
      status: byNpx ? "note" : "warning",
      summary: `PATH leads into ${workspace}: policies that accept commands accept none there` +
        (byNpx ? " (npm, npx and bunx do that to what they start)" : ""),
      details: bad,
      fix: "Start the program without them: env: { PATH: ... } of the options, or node main.js in place of npm run.",
    }];
  },
};

/** Proxies, by which servers on this machine may become unreachable. */
export const PROXY: Probe = {
  id: "proxy",
  doing: "Looking at proxies",
  timeoutMs: TIMEOUT_MS,
  run({ io: { env } }) {
    const names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"];
    const set = names.flatMap((name) => [name, name.toLowerCase()]).filter((name) => env[name]);
    if (set.length === 0) return [{ id: "proxy", status: "ok", summary: "no proxy is configured" }];
    const details = set.map((name) => `${name}=${shown(env[name] ?? "")}`);
    const broken = set.filter((name) => shown(env[name] ?? "") === UNREADABLE);
    if (broken.length > 0) {
      return [{
        id: "proxy",
        status: "problem",
        summary: `${broken.join(", ")} is not the URL of a proxy`,
        details,
        fix: "Write it as http://HOST:PORT.",
      }];
    }
    const differs = names.filter((name) => {
      const [upper, lower] = [env[name], env[name.toLowerCase()]];
      return upper && lower && upper !== lower;
    });
    if (differs.length > 0) {
      return [{
        id: "proxy",
        status: "warning",
        summary: `${differs.join(", ")} differs from its spelling in small letters: programs choose differently`,
        details,
        fix: "Set both to the same.",
      }];
    }
    const exempt = (env["NO_PROXY"] ?? env["no_proxy"] ?? "").split(",").map((host) => host.trim());
    const local = exempt.some((host) => host === "*" || host === "127.0.0.1" || host === "localhost");
    return [{
      id: "proxy",
      status: local ? "ok" : "note",
      summary: `requests go through a proxy${local ? "" : ", those to this machine's own servers too"}`,
      details,
      ...(local ? {} : { fix: "NO_PROXY=localhost,127.0.0.1" }),
    }];
  },
};

/** The package `ws`, for sockets. */
export const PEERS: Probe = {
  id: "peers.ws",
  doing: "Looking for optional packages",
  timeoutMs: TIMEOUT_MS,
  async run(patient) {
    if (patient.runtime.name === "bun") return [{ id: "peers.ws", status: "ok", summary: "Bun brings ws along" }];
    try {
      await import("ws");
      return [{ id: "peers.ws", status: "ok", summary: "ws is installed" }];
    } catch {
      return [{
        id: "peers.ws",
        status: "note",
        summary: "ws is not installed; only unixSocketTransport and websocketTransport need it",
        fix: installation(patient, "ws"),
      }];
    }
  },
};

const UNREADABLE = "(unreadable)";

/** A proxy without the password in it. */
function shown(value: string): string {
  try {
    const url = new URL(/^[a-z\d+.-]+:\/\//i.test(value) ? value : `http://${value}`);
    return url.host === "" ? UNREADABLE : `${url.protocol}//${url.username === "" ? "" : "***@"}${url.host}`;
  } catch {
    return UNREADABLE;
  }
}

async function real(path: string): Promise<string> {
  return await realpath(path).catch(otherwise(path));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
