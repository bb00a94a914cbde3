/**
 * Turns: one with a scripted model, which needs neither login nor network, and on request one with the real one.
 *
 * @module
 */
import {
  Codex,
  CodexError,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  TurnFailedError,
} from "../../../../mod.ts";
import { CODEX_VERSION, type Turn } from "../../../../gen/mod.ts";
import { command, startAppServer } from "../../../testing/mod.ts";
import type { Finding } from "../finding.ts";
import type { Probe } from "../probe.ts";
import { adviceFor } from "../turn_errors.ts";

const WORD = "doctor-was-here";

/** One turn against a scripted model, in a home of its own, with a command in the sandbox. */
export const SCRIPTED_TURN: Probe = {
  id: "turn.scripted",
  doing: "Running a scripted turn",
  timeoutMs: 60_000,
  async run({ options }, signal) {
    if (options === null) return ["turn.scripted", "drift", "sandbox"].map(notLookedAt);
    const drifts: string[] = [];
    const onDiagnostic = (diagnostic: Diagnostic) => void drifts.push(...driftsOf(diagnostic));
    const server = await startAppServer({
      signal,
      allowUnscripted: true,
      codex: { ...options, env: withoutHome(options.env), limits: { closeGraceMs: 500 }, onDiagnostic },
    });
    try {
      server.model.reply(command(`echo ${WORD}`)).reply("Done.");
      const thread = await server.codex.threadStart({}, { signal });
      const turn = await thread.run("Run the command.", { signal });
      return [ofTurn(turn), ofDrift(drifts), ofSandbox(turn)];
    } finally {
      await server.close();
    }
  },
};

/** What the temporary home sets itself: this turn has nothing to do with the user's own. */
const OF_THE_HOME = /^(?:CODEX_HOME|HOME|TMPDIR|CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG|RUST_LOG|NO_PROXY|no_proxy)$/;

function withoutHome(env: CodexOptions["env"] = {}): NonNullable<CodexOptions["env"]> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !OF_THE_HOME.test(name)));
}

function notLookedAt(id: string): Finding {
  return { id, status: "skipped", summary: "not looked at: there is no binary" };
}

function ofTurn(turn: Turn): Finding {
  if (turn.status === "completed") {
    return { id: "turn.scripted", status: "ok", summary: "a turn with a scripted model completes" };
  }
  return { ...failedTurn("turn.scripted", turn), summary: "A turn with a scripted model does not complete" };
}

/** Where what the server says is not what the protocol has; of most diagnostics nothing. */
function driftsOf(diagnostic: Diagnostic): string[] {
  switch (diagnostic.type) {
    case "unknown-method":
      return [`${diagnostic.method}: not known`];
    case "drift":
      return [`${diagnostic.method} (${diagnostic.part}): ${diagnostic.issue.path}: ${diagnostic.issue.message}`];
    case "invalid-message":
      return diagnostic.issues.map(({ path, message }) => `${diagnostic.method}: ${path}: ${message}`);
    default:
      return [];
  }
}

function ofDrift(drifts: readonly string[]): Finding {
  const id = "drift";
  if (drifts.length === 0) {
    return { id, status: "ok", summary: `what the server says in it is the protocol of ${CODEX_VERSION}` };
  }
  return {
    id,
    status: "note",
    summary: `What the server says in it differs from the protocol of ${CODEX_VERSION}: it is passed on as it is`,
    details: [...drifts.slice(0, 10), ...(drifts.length > 10 ? [`and ${drifts.length - 10} more`] : [])],
    fix: `Use codex ${CODEX_VERSION}, or expect what is listed; with validation: "strict" each is an error.`,
  };
}

function ofSandbox(turn: Turn): Finding {
  const item = turn.items.find((item) => item.type === "commandExecution");
  const output = (item?.aggregatedOutput ?? "").trim();
  if (item === undefined) return { id: "sandbox", status: "skipped", summary: "not looked at: no command was run" };
  if (item.exitCode === 0 && output.includes(WORD)) {
    return { id: "sandbox", status: "ok", summary: "a command runs in the read-only sandbox" };
  }
  return {
    id: "sandbox",
    status: "problem",
    summary: "The sandbox does not work: commands of the agent end before they have run",
    details: [`exit code ${item.exitCode}`, ...output.split("\n").slice(0, 10)],
    fix: "Allow user namespaces to the container (and install bubblewrap); or let the agent ask (approvalPolicy: " +
      '"on-request") and answer by a policy; or, where the container is the sandbox, sandbox: "danger-full-access".',
  };
}

/** One question to the real model, with the user's own home: it costs a few tokens. */
export const LIVE_TURN: Probe = {
  id: "turn.live",
  doing: "Asking the real model",
  timeoutMs: 120_000,
  async run({ options, io, wishes }, signal) {
    if (!wishes.live) return [];
    if (options === null) return [notLookedAt("turn.live")];
    const retries: string[] = [];
    const codex = new Codex({
      ...options,
      cwd: io.cwd,
      signal,
      clientName: "codex_app_server_sdk_doctor",
      limits: { closeGraceMs: 500 },
      onDiagnostic: (diagnostic) => {
        if (diagnostic.type === "server-retries") retries.push(diagnostic.message);
      },
    });
    try {
      const thread = await codex.threadStart({ ephemeral: true, sandbox: "read-only", approvalPolicy: "never" }, {
        signal,
      });
      const turn = await thread.run("Reply with the one word: pong. Run nothing.", { signal, timeoutMs: 90_000 });
      if (turn.status !== "completed") return [failedTurn("turn.live", turn, retries)];
      return [{ id: "turn.live", status: "ok", summary: `the model answers: ${finalResponse(turn)?.slice(0, 80)}` }];
    } catch (error) {
      if (!(error instanceof CodexError) || signal.aborted) throw error;
      return [{
        id: "turn.live",
        status: "problem",
        summary: "The real model could not be asked",
        details: [error.message, ...retries.slice(-3)],
        fix: retries.length > 0
          ? "No network, it seems: check proxy, firewall and DNS (HTTPS_PROXY is handed on to the server)."
          : "`doctor --explain` says what an error's text means.",
      }];
    } finally {
      await codex.close();
    }
  },
};

function failedTurn(id: string, turn: Turn, more: readonly string[] = []): Finding {
  return {
    id,
    status: "problem",
    summary: `The turn ended as ${turn.status}`,
    details: [new TurnFailedError(turn).message, ...more.slice(-3)],
    fix: adviceFor(turn.error?.codexErrorInfo ?? null),
  };
}
