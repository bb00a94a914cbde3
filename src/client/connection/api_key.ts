import { CodexError, StartError, TransportClosedError } from "../../errors.ts";
import type { Router } from "../../router/router.ts";
import { IN_MEMORY } from "./own_server.ts";

/**
 * Gives the server the key of `apiKey`, over a connection that is not open to others yet.
 *
 * A login replaces what is stored, so the server is asked first where it would put it: what the command line said may
 * have been overruled, and a server that was not started here was told nothing.
 *
 * @throws {StartError} If the server would store the key, is used by others too, or refuses it.
 */
export async function logInByKey(router: Router, apiKey: string, signal: AbortSignal): Promise<void> {
  if (router.shared) {
    throw refused(
      "others may use this server too, and its login is theirs as well. To change it on purpose, use codex.loginApiKey()",
    );
  }
  const call = { priority: "handshake", signal } as const;
  try {
    // Raw: with strict validation, what else a server has in its configuration is no reason not to start.
    const answer = await router.requestRaw("config/read", {}, call) as { readonly config?: Record<string, unknown> };
    const store = answer.config?.["cli_auth_credentials_store"];
    if (store !== IN_MEMORY) {
      throw refused(
        `the server keeps credentials in the store ${JSON.stringify(store ?? "file")}, where the key would replace a ` +
          `login. Start it with the configuration cli_auth_credentials_store="${IN_MEMORY}", or use codex.loginApiKey()`,
      );
    }
    await router.request("account/login/start", { type: "apiKey", apiKey }, call);
  } catch (error) {
    if (signal.aborted || error instanceof StartError || error instanceof TransportClosedError) throw error;
    throw refused(error instanceof CodexError ? error.message : String(error), error);
  }
}

function refused(why: string, cause?: unknown): StartError {
  return new StartError(`The app-server was not given the option apiKey: ${why}`, { cause });
}
