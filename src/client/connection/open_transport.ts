import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import { stdioTransport } from "../../transport/stdio_transport.ts";
import type { Transport, TransportContext, TransportFactory } from "../../transport/transport.ts";
import { abortable } from "../../util/abort.ts";
import type { CodexOptions } from "../options.ts";
import { serverConfig } from "./own_server.ts";

/** Opens the connection that the options ask for: a given one, or a server of one's own. */
export async function openTransport(
  options: CodexOptions,
  limits: ResolvedLimits,
  onDiagnostic: DiagnosticListener,
  context: TransportContext,
): Promise<Transport> {
  const { transport } = options;
  const { signal } = context;
  if (options.connect === "daemon") {
    // Loaded only now: hardly anybody asks for it.
    const { openDaemon } = await import("./daemon.ts");
    const daemon = await openDaemon(options, onDiagnostic, signal);
    if (daemon !== null) return daemon;
  }
  // Not raced against the signal, which it heeds: it rejects when the process is gone.
  if (transport === undefined) return await ownServer(options, limits, onDiagnostic)(context);
  if (typeof transport !== "function") return unused(transport);
  const opening = Promise.resolve().then(() => transport(context));
  return unused(
    await abortable(opening, signal).catch((error) => {
      // It may still open after nobody wants it any more.
      opening.then((late) => late.close()).catch(() => {});
      throw error;
    }),
  );
}

/** The transport would drop what the listener throws: the server blocks when nobody reads its stderr. */
function reporting(listener: (text: string) => void, onDiagnostic: DiagnosticListener): (text: string) => void {
  return (text) => {
    try {
      listener(text);
    } catch (error) {
      onDiagnostic({ type: "callback-threw", callback: "onStderr", error });
    }
  };
}

function unused(transport: Transport): Transport {
  if (!transport.readable.locked && !transport.writable.locked) return transport;
  throw new TypeError(
    "The transport is already in use: a Transport serves one connection. " +
      "Pass a function that opens one, and each start gets its own",
  );
}

function ownServer(
  options: CodexOptions,
  limits: ResolvedLimits,
  onDiagnostic: DiagnosticListener,
): TransportFactory {
  const { codexBin, locateFrom, launchArgsOverride, configOverrides, cwd, env, inheritEnv, onStderr } = options;
  const { stderrTailBytes, closeGraceMs } = limits;
  return stdioTransport({
    codexBin,
    locateFrom,
    launchArgsOverride,
    config: launchArgsOverride === undefined ? serverConfig(options) : undefined,
    configOverrides,
    cwd,
    env,
    inheritEnv,
    onStderr: onStderr && reporting(onStderr, onDiagnostic),
    stderrTailBytes,
    closeGraceMs,
    killGraceMs: closeGraceMs,
  });
}
