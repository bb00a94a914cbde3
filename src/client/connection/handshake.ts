import type { InitializeParams, InitializeResponse } from "../../../gen/mod.ts";
import { CODEX_VERSION } from "../../../gen/provenance.ts";
import { ResponseValidationError, StartError, TransportClosedError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import { describeExit, stderrPart } from "../../router/closed_error.ts";
import type { Router } from "../../router/router.ts";
import { abortable } from "../../util/abort.ts";
import { VERSION } from "../../version.ts";
import type { CodexOptions } from "../options.ts";
import { logInByKey } from "./api_key.ts";

/** Greets the server over a connection that is not open to others yet. Returns the server's answer, unchanged. */
export async function handshake(
  router: Router,
  options: CodexOptions,
  onDiagnostic: DiagnosticListener,
  signal: AbortSignal,
): Promise<InitializeResponse> {
  try {
    const metadata = await router.initialize(initializeParams(options), signal);
    checkMetadata(metadata, onDiagnostic);
    await abortable(router.notify("initialized"), signal);
    if (options.apiKey !== undefined) await logInByKey(router, options.apiKey, signal);
    return metadata;
  } catch (error) {
    throw signal.aborted || !(error instanceof TransportClosedError) ? error : startError(error);
  }
}

function checkMetadata(metadata: InitializeResponse, onDiagnostic: DiagnosticListener): void {
  if (typeof metadata.userAgent !== "string" || metadata.userAgent === "") {
    throw new ResponseValidationError("initialize", [{ path: "userAgent", message: "missing or empty" }]);
  }
  const server = serverVersion(metadata);
  if (server !== CODEX_VERSION) onDiagnostic({ type: "version-skew", server, generated: CODEX_VERSION });
}

/** The server's version out of `name/1.2.3 (...)`; the whole user agent if it has another form. */
function serverVersion({ userAgent }: InitializeResponse): string {
  return /^[^/]*[/ ](\d[^\s(]*)/.exec(userAgent)?.[1] ?? userAgent;
}

function initializeParams(options: CodexOptions): InitializeParams {
  const { experimentalApi = true, optOutNotificationMethods } = options;
  return {
    clientInfo: {
      name: options.clientName ?? "codex_app_server_sdk",
      title: options.clientTitle ?? "Codex App Server SDK",
      version: options.clientVersion ?? VERSION,
    },
    capabilities: {
      experimentalApi,
      ...(optOutNotificationMethods === undefined ? {} : { optOutNotificationMethods: [...optOutNotificationMethods] }),
    },
  };
}

function startError(error: TransportClosedError): StartError {
  const { exit, stderrTail, cause } = error;
  const how = exit === null ? "closed the connection" : `ended with ${describeExit(exit)}`;
  return new StartError(
    `The codex app-server ${how} before it answered initialize${stderrPart(stderrTail)}`,
    { exit: exit ?? undefined, stderrTail, cause: cause ?? error },
  );
}
