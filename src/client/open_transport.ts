import type { ResolvedLimits } from "../router/limits.ts";
import type { Transport } from "../transport/transport.ts";
import { abortable } from "../util/abort.ts";
import type { CodexOptions } from "./options.ts";

/** Opens the connection that the options ask for: a given one, or a server of one's own. */
export async function openTransport(
  options: CodexOptions,
  limits: ResolvedLimits,
  signal: AbortSignal,
): Promise<Transport> {
  const { transport } = options;
  if (transport === undefined) {
    // Loaded only now: whoever brings a transport needs no process, and importing the SDK stays cheap.
    const { openStdio } = await import("../transport/stdio.ts");
    const { codexBin, launchArgsOverride, configOverrides, cwd, env, onStderr } = options;
    const { stderrTailBytes, closeGraceMs } = limits;
    return await openStdio({
      codexBin,
      launchArgsOverride,
      configOverrides,
      cwd,
      env,
      onStderr,
      signal,
      stderrTailBytes,
      closeGraceMs,
      killGraceMs: closeGraceMs,
    });
  }
  if (typeof transport !== "function") return unused(transport);
  const opening = Promise.resolve().then(() => transport({ signal }));
  try {
    return unused(await abortable(opening, signal));
  } catch (error) {
    // It may still open after nobody wants it any more.
    opening.then((late) => late.close()).catch(() => {});
    throw error;
  }
}

function unused(transport: Transport): Transport {
  if (!transport.readable.locked && !transport.writable.locked) return transport;
  throw new TypeError(
    "The transport is already in use: a Transport serves one connection. " +
      "Pass a function that opens one, and each start gets its own",
  );
}
