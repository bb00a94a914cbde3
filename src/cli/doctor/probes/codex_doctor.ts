import type { Finding, Status } from "../finding.ts";
import { homeOf } from "../patient.ts";
import type { Probe } from "../probe.ts";
import { runProgram } from "../../run_program.ts";
import { otherwise } from "../otherwise.ts";
import { stat } from "node:fs/promises";

/** What codex's own doctor says of a check. */
interface Check {
  readonly id: string;
  readonly status: string;
  readonly summary: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly remediation: string | null;
}

/** Its checks that are answered better here, by trying, or that are about its own terminal program. */
const OURS =
  /^(auth\.credentials|config\.load|installation|runtime\.provenance|updates\.|terminal\.|system\.environment)/;

/** Findings of ours that a check of its stands for, so that they have one name in all versions. */
const NAMES: Readonly<Record<string, string>> = {
  "network.provider_reachability": "network",
  "network.env": "network.env",
};

/** What the doctor of codex itself says (versions since about 0.137 have one), which knows its files, its network and its sandbox best. */
export const CODEX_DOCTOR: Probe = {
  id: "codex.doctor",
  doing: "Asking codex's own doctor",
  timeoutMs: 45_000,
  async run(patient, signal) {
    const { options, runtime, io } = patient;
    if (options === null) {
      return [{ id: "codex.doctor", status: "skipped", summary: "not looked at: there is no binary" }];
    }
    const { path, named } = homeOf(patient);
    if (!named && (path === null || await stat(path).catch(otherwise(null)) === null)) {
      return [{ id: "codex.doctor", status: "skipped", summary: "not looked at: the home of codex is not there yet" }];
    }
    const { stdout } = await runProgram(runtime, options.codexBin!, ["doctor", "--json"], {
      env: { ...io.env, NO_COLOR: "1" },
      cwd: io.cwd,
      signal,
    });
    const checks = checksOf(stdout);
    if (checks === null) {
      return [{ id: "codex.doctor", status: "skipped", summary: "this codex has no doctor of its own" }];
    }
    const findings = checks.filter(({ id, status }) => !OURS.test(id) && status !== "ok").map(asFinding);
    const network = checks.some(({ id }) => id === "network.provider_reachability");
    if (network && !findings.some(({ id }) => id === "network")) {
      findings.push({ id: "network", status: "ok", summary: "the model's endpoint can be reached" });
    }
    const summary = `${checks.length} checks, ${
      findings.filter(({ status }) => status !== "ok").length
    } with something to say`;
    return [{ id: "codex.doctor", status: "ok", summary }, ...findings];
  },
};

function checksOf(stdout: string): readonly Check[] | null {
  try {
    const report = JSON.parse(stdout) as { checks?: Record<string, Partial<Check>> } | null;
    if (typeof report?.checks !== "object" || report.checks === null) return null;
    return Object.entries(report.checks).map(([id, check]) => ({
      id,
      status: String(check?.status ?? "ok"),
      summary: String(check?.summary ?? id),
      details: check?.details ?? {},
      remediation: typeof check?.remediation === "string" ? check.remediation : null,
    }));
  } catch {
    return null;
  }
}

function asFinding({ id, status, summary, details, remediation }: Check): Finding {
  const levels: Readonly<Record<string, Status>> = { fail: "problem", warning: "warning" };
  // That a WebSocket is refused costs a little time: the server goes on over HTTPS.
  const level = id === "network.websocket_reachability" ? "note" : levels[status] ?? "note";
  return {
    id: NAMES[id] ?? `codex.${id}`,
    status: level,
    summary: NAMES[id] === "network" ? `No network: ${summary}` : summary,
    details: Object.entries(details).slice(0, 12).map(([name, value]) =>
      `${name}: ${Array.isArray(value) ? value.join(" ") : String(value)}`
    ),
    fix: remediation ?? "codex doctor says more.",
  };
}
