/**
 * The runtime, what it permits, and the binary.
 *
 * @module
 */
import { CODEX_VERSION } from "../../../../gen/mod.ts";
import process from "node:process";
import { denoPermissions } from "../../../runtime/deno_permissions.ts";
import { locateCodex } from "../../../runtime/locate.ts";
import { LEAST_VERSIONS } from "../../../util/too_old.ts";
import { compareVersions } from "../../../util/versions.ts";
import { VERSION } from "../../../version.ts";
import type { Finding } from "../finding.ts";
import { installation, isNotFound, type Patient } from "../patient.ts";
import type { Probe } from "../probe.ts";

const TIMEOUT_MS = 10_000;

/** Whether the runtime has all that the SDK needs. */
export const RUNTIME: Probe = {
  id: "runtime",
  doing: "Looking at the runtime",
  timeoutMs: TIMEOUT_MS,
  run({ runtime: { name, platform, arch } }) {
    const version = process.versions[name] ?? "";
    const what = `${name} ${version} on ${platform}-${arch}, SDK ${VERSION}`;
    const lacks = typeof AbortSignal.any !== "function";
    if (!lacks && compareVersions(version, LEAST_VERSIONS[name]) >= 0) {
      return [{ id: "runtime", status: "ok", summary: what }];
    }
    const { node, deno, bun } = LEAST_VERSIONS;
    return [{
      id: "runtime",
      status: "problem",
      summary: `${what}: this runtime is too old`,
      fix: `Use Node ${node}, Deno ${deno} or Bun ${bun}, or a newer one.`,
    }];
  },
};

/** What Deno permits. Another runtime has no such thing, and no finding. */
export const PERMISSIONS: Probe = {
  id: "deno.permissions",
  doing: "Asking Deno for its permissions",
  timeoutMs: TIMEOUT_MS,
  run() {
    const granted = denoPermissions();
    if (granted === null) return [];
    const missing = (["run", "read", "env"] as const).filter((kind) => granted[kind] === "none");
    const details = Object.entries(granted).map(([kind, how]) => `--allow-${kind}: ${how}`);
    if (missing.length > 0) {
      return [{
        id: "deno.permissions",
        status: "problem",
        summary: `Deno did not permit ${missing.join(", ")}`,
        details,
        fix: `A program of the SDK needs ${missing.map((kind) => `--allow-${kind}`).join(" ")}; the doctor wants -A.`,
      }];
    }
    const partly = Object.values(granted).some((how) => how !== "all");
    return [{
      id: "deno.permissions",
      status: partly ? "note" : "ok",
      summary: partly ? "Deno permits a part" : "Deno permits everything",
      ...(partly ? { details, fix: "Run the doctor with -A, or it does not see all." } : {}),
    }];
  },
};

/** Which binary it is, why, and what was passed over. */
export const BINARY: Probe = {
  id: "binary",
  doing: "Looking for codex",
  timeoutMs: TIMEOUT_MS,
  run(patient) {
    const { search } = patient;
    if ("error" in search) return [missing(patient, search.error)];
    const { found: { command, source, pathDir }, passedOver } = search;
    const tools = pathDir === null ? "without tools beside it (rg is taken from PATH)" : `its tools: ${pathDir}`;
    const details = [`why: ${WHY[source] ?? source}`, tools, ...passedOver.map((line) => `passed over: ${line}`)];
    return [{ id: "binary", status: "ok", summary: command, details }, ...otherOnPath(patient, command)];
  },
};

const WHY: Readonly<Record<string, string>> = {
  codexBin: "--codex names it",
  CODEX_BIN: "the variable CODEX_BIN names it",
  PATH: "no package was found, and it is the first codex on PATH",
  "Deno's cache": "no package was found in a node_modules, and it is in Deno's cache",
  "@openai/codex": "the package @openai/codex is installed",
  "@codex-app-server/runtime": "the staged package @codex-app-server/runtime is installed, which goes first",
};

function missing(patient: Patient, error: unknown): Finding {
  const { io, runtime, wishes } = patient;
  const text = error instanceof Error ? error.message : String(error);
  if (!isNotFound(error)) {
    const [what, fix] = text.split(/ (?=Run the program with)/);
    return {
      id: "binary",
      status: "problem",
      summary: "The search for codex failed",
      details: [what ?? text],
      fix: fix ?? "Correct what the text names.",
      heading: "Deno did not permit",
    };
  }
  const [summary = "No codex binary was found.", ...details] = text.split("\n");
  const install = installation(patient, `@openai/codex@${CODEX_VERSION}`);
  const here = wishes.from === undefined && runtime.stat(`${io.cwd}/node_modules/@openai/codex`).kind === "directory";
  return {
    id: "binary",
    status: "problem",
    summary: summary.replace(/ Tried:$/, ""),
    details: details.filter((line) => line.startsWith("  - ")).map((line) => line.slice(4)),
    fix: here
      ? "There is one in this folder, where a program of this folder finds it and the doctor, being elsewhere, does not: " +
        "doctor --from ."
      : `${install}, beside your program. Or name one: CODEX_BIN=/path/to/codex.`,
  };
}

/** Another codex that one would meet in a shell: a login or a version of that one says nothing about this one. */
function otherOnPath({ io, runtime }: Patient, command: string): Finding[] {
  let other: string;
  try {
    const { CODEX_BIN: _, ...env } = io.env;
    other = locateCodex(runtime, { codexBin: "codex", env }).command;
  } catch {
    return [];
  }
  if (runtime.realPath(other) === runtime.realPath(command)) return [];
  return [{
    id: "binary.other",
    status: "note",
    summary: `Another codex is first on PATH: ${other}`,
    details: [`programs of the SDK use ${command}`],
    fix: "To use that one, set CODEX_BIN to its path.",
  }];
}
