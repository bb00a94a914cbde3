import { childEnv, getEnv } from "../../runtime/child_env.ts";
import { isAbsolutePath, joinPath } from "../../runtime/paths.ts";
import { isDenied, permissionError } from "../../runtime/permission.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { currentRuntime } from "../../runtime/select.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { Transport } from "../../transport/transport.ts";
import type { CodexOptions } from "../options.ts";

/**
 * Reaches the daemon of the user's own home, or tells that there is none and returns `null`.
 *
 * It listens on a socket in that home, as `codex app-server daemon start` and `codex app-server --listen unix://` have it.
 */
export async function openDaemon(
  options: CodexOptions,
  onDiagnostic: DiagnosticListener,
  signal: AbortSignal,
): Promise<Transport | null> {
  const path = controlSocket(options);
  if (path !== null) {
    const { connectIfThere } = await import("../../transport/socket_connect.ts");
    const target = { name: `unix:${path.link}`, url: "ws://localhost/", unixPath: path.real, headers: {} };
    const transport = await connectIfThere(target, signal);
    if (transport !== null) return transport;
  }
  onDiagnostic({ type: "no-daemon", socketPath: socketPath(currentRuntime(), options) ?? "" });
  return null;
}

/** The socket, if there is one; that nobody listens there any more is seen only by whoever connects. */
function controlSocket(options: CodexOptions): { readonly link: string; readonly real: string } | null {
  const runtime = currentRuntime();
  try {
    const link = socketPath(runtime, options);
    if (link === null || runtime.stat(link).kind !== "other") return null;
    // It is a link to one with a short path: a socket's path has little room.
    return { link, real: runtime.realPath(link) };
  } catch (error) {
    throw isDenied(error) ? permissionError(error) : error;
  }
}

function socketPath(runtime: Runtime, { cwd, env, inheritEnv }: CodexOptions): string | null {
  const { platform } = runtime;
  const all = childEnv(platform, inheritEnv === false ? {} : runtime.env(), env);
  const userHome = getEnv(platform, all, platform === "win32" ? "USERPROFILE" : "HOME");
  const home = getEnv(platform, all, "CODEX_HOME") || (userHome ? joinPath(platform, userHome, ".codex") : "");
  if (home === "") return null;
  const absolute = isAbsolutePath(platform, home) ? home : joinPath(platform, cwd ?? runtime.cwd(), home);
  return joinPath(platform, absolute, "app-server-control", "app-server-control.sock");
}
