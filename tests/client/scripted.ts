import { Codex, type CodexOptions, type Diagnostic, type Notification } from "@codex-app-server/sdk";
import { ScriptedAppServer, type ScriptedAppServerOptions } from "@codex-app-server/sdk/testing";

/** A `Codex` on a scripted server, with what it reported. Disposing closes both and fails on a wrong script. */
export interface Scripted extends AsyncDisposable {
  readonly server: ScriptedAppServer;
  readonly codex: Codex;
  readonly diagnostics: Diagnostic[];
}

export function scripted(
  options: CodexOptions | ((server: ScriptedAppServer) => CodexOptions) = {},
  serverOptions: ScriptedAppServerOptions = {},
): Scripted {
  const server = new ScriptedAppServer(serverOptions);
  const diagnostics: Diagnostic[] = [];
  const codex = new Codex({
    transport: () => server.connect(),
    onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...(typeof options === "function" ? options(server) : options),
  });
  return {
    server,
    codex,
    diagnostics,
    async [Symbol.asyncDispose]() {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Everything that a stream yields. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of stream) all.push(value);
  return all;
}

/** The methods of some notifications, in order. */
export function methods(events: readonly Notification[]): string[] {
  return events.map((event) => event.method);
}
