/**
 * The server, on the user's own home: whether it starts, which it is, and who is logged in.
 *
 * @module
 */
import { Codex, type Diagnostic, StartError } from "../../../../mod.ts";
import { CODEX_VERSION, type GetAccountResponse } from "../../../../gen/mod.ts";
import { stat } from "node:fs/promises";
import { compareVersions } from "../../../util/versions.ts";
import type { Finding } from "../finding.ts";
import { otherwise } from "../otherwise.ts";
import { homeOf, installation, type Patient } from "../patient.ts";
import type { Probe } from "../probe.ts";

/** The oldest server that the SDK works with; docs/compatibility.md. */
const OLDEST = "0.120.0";

/** Starts the server as a program would, asks who is logged in, and ends it. */
export const SERVER: Probe = {
  id: "server.start",
  doing: "Starting the server",
  timeoutMs: 30_000,
  async run(patient, signal) {
    if (patient.options === null) return [skipped("server.start"), skipped("login")];
    const { path, named } = homeOf(patient);
    // To start the server would make the folder, of a codex that was never used.
    if (!named && (path === null || await stat(path).catch(otherwise(null)) === null)) {
      const summary = "not looked at: the home of codex is not there yet";
      return [{ id: "server.start", status: "skipped", summary }, notLoggedIn(patient)];
    }
    const seen: Diagnostic[] = [];
    const codex = new Codex({
      ...patient.options,
      signal,
      clientName: "codex_app_server_sdk_doctor",
      limits: { closeGraceMs: 500 },
      onDiagnostic: (diagnostic) => seen.push(diagnostic),
    });
    try {
      const account = await codex.account({}, { signal });
      const { version } = codex.server;
      return [
        { id: "server.start", status: "ok", summary: `it starts and answers: ${codex.metadata.userAgent}` },
        ofVersion(patient, version),
        ofAccount(patient, account),
        ...ofConfig(seen),
      ];
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return [{
        id: "server.start",
        status: "problem",
        summary: error.exit === null
          ? "The codex app-server could not be started"
          : "The codex app-server ended before it answered",
        details: error.message.split("\n").filter((line) => !/^\s*(\d+: <unknown>|Stack backtrace:)?\s*$/.test(line)),
        fix: "The text names the mistake: mostly a key of config.toml in the home, or a home that is not there.",
      }];
    } finally {
      await codex.close();
    }
  },
};

function ofAccount(patient: Patient, { account = null, requiresOpenaiAuth }: GetAccountResponse): Finding {
  if (account !== null) return { id: "login", status: "ok", summary: `logged in by ${account.type}` };
  if (requiresOpenaiAuth) return notLoggedIn(patient);
  return { id: "login", status: "ok", summary: "the configured model provider needs no login" };
}

function skipped(id: string): Finding {
  return { id, status: "skipped", summary: "not looked at: there is no binary" };
}

/** Compares with the version that `gen/` comes from. */
function ofVersion(patient: Patient, version: string): Finding {
  const install = installation(patient, `@openai/codex@${CODEX_VERSION}`);
  const pinned = `the SDK speaks the protocol of ${CODEX_VERSION}`;
  if (version === CODEX_VERSION) return { id: "version", status: "ok", summary: `${version}, the pinned one` };
  if (!/^\d+\.\d+\.\d+/.test(version) || version.startsWith("0.0.0")) {
    return { id: "version", status: "note", summary: `the server does not tell its version; ${pinned}` };
  }
  const older = compareVersions(version, CODEX_VERSION) < 0;
  const tooOld = compareVersions(version, OLDEST) < 0;
  return {
    id: "version",
    status: tooOld ? "problem" : "warning",
    summary: `Another version: the server is ${version}, ${pinned}`,
    details: [
      older
        ? "what it is too old for is refused by name before it is sent; doctor's sibling `diff` lists it"
        : "what is new in it is passed on as it is, and reported as drift",
      ...(tooOld ? [`the oldest that the SDK works with is ${OLDEST}`] : []),
    ],
    fix: older ? `${install}, or leave out what is newer.` : `Update the SDK, or go back: ${install}.`,
  };
}

function notLoggedIn({ io: { env } }: Patient): Finding {
  const key = ["OPENAI_API_KEY", "CODEX_API_KEY"].find((name) => env[name]);
  return {
    id: "login",
    status: "problem",
    summary: "Not logged in: turns fail with 401 Unauthorized",
    ...(key === undefined ? {} : { details: [`${key} is set, but the app-server does not look at it`] }),
    fix:
      "codex login, or printenv OPENAI_API_KEY | codex login --with-api-key; in a program codex.loginApiKey(key), or the " +
      "option apiKey, which writes nothing to disk.",
  };
}

function ofConfig(seen: readonly Diagnostic[]): Finding[] {
  const warnings = seen.filter((diagnostic) => diagnostic.type === "config-warning");
  if (warnings.length === 0) return [];
  const sandbox = warnings.filter(({ summary }) => /bubblewrap|sandbox|landlock/i.test(summary));
  const rest = warnings.filter((warning) => !sandbox.includes(warning));
  const lines = (some: typeof warnings) =>
    some.flatMap(({ summary, details }) => details === null ? summary : [summary, details]);
  return [
    ...(rest.length === 0 ? [] : [
      {
        id: "config",
        status: rest.some(({ summary }) => /invalid configuration/i.test(summary)) ? "problem" : "warning",
        summary: "The server passes over its configuration, or a part of it",
        details: lines(rest),
        fix: "Correct config.toml in the home of codex.",
      } as const,
    ]),
    ...(sandbox.length === 0 ? [] : [
      {
        id: "sandbox.warning",
        status: "note",
        summary: "The server warns of its sandbox",
        details: lines(sandbox),
        fix: "Install bubblewrap, or allow user namespaces to the container.",
      } as const,
    ]),
  ];
}
