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
import { type ServerInfo, serverInfo } from "./server_info.ts";

/** What a server has answered to `initialize`, unchanged, and which one it therefore is. */
export interface Greeting {
  readonly metadata: InitializeResponse;
  readonly server: ServerInfo;
}

/** Greets the server over a connection that is not open to others yet. */
export async function handshake(
  router: Router,
  options: CodexOptions,
  onDiagnostic: DiagnosticListener,
  signal: AbortSignal,
  program?: string,
): Promise<Greeting> {
  try {
    const metadata = await router.initialize(initializeParams(options), signal);
    const server = router.server = checkMetadata(metadata, onDiagnostic, clientName(options));
    await abortable(router.notify("initialized"), signal);
    if (options.apiKey !== undefined) await logInByKey(router, options.apiKey, signal);
    return { metadata, server };
  } catch (error) {
    throw signal.aborted || !(error instanceof TransportClosedError) ? error : startError(error, program);
  }
}

function checkMetadata(metadata: InitializeResponse, onDiagnostic: DiagnosticListener, clientName: string): ServerInfo {
  // Alone it suffices, but without it nothing says that this is an app-server.
  const { userAgent } = (metadata ?? {}) as Partial<InitializeResponse>;
  if (typeof userAgent !== "string" || userAgent === "") {
    throw new ResponseValidationError("initialize", [{ path: "userAgent", message: "missing or empty" }]);
  }
  const server = serverInfo(metadata, clientName);
  if (server.version !== CODEX_VERSION) {
    onDiagnostic({ type: "version-skew", server: server.version || userAgent, generated: CODEX_VERSION });
  }
  return server;
}

/** What the server is told of this client. */
function clientName(options: CodexOptions): string {
  return options.clientName ?? "codex_app_server_sdk";
}

function initializeParams(options: CodexOptions): InitializeParams {
  const { experimentalApi = true, optOutNotificationMethods } = options;
  return {
    clientInfo: {
      name: clientName(options),
      title: options.clientTitle ?? "Codex App Server SDK",
      version: options.clientVersion ?? VERSION,
    },
    capabilities: {
      experimentalApi,
      ...(optOutNotificationMethods === undefined ? {} : { optOutNotificationMethods: [...optOutNotificationMethods] }),
    },
  };
}

function startError(error: TransportClosedError, program: string | undefined): StartError {
  const { exit, stderrTail, cause } = error;
  const how = exit === null ? "closed the connection" : `ended with ${describeExit(exit)}`;
  // It is ended, too, when what it says cannot be read here.
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new StartError(
    `The codex app-server${program === undefined ? "" : ` (${program})`} ${how} before it answered initialize${why}${
      stderrPart(stderrTail)
    }`,
    { exit: exit ?? undefined, stderrTail, cause },
  );
}
