import { Codex } from "../client/codex.ts";
import type { CodexOptions } from "../client/options.ts";
import { getEnv } from "../runtime/child_env.ts";
import { host } from "../runtime/host.ts";
import { joinPath } from "../runtime/paths.ts";
import { makeTempDir } from "../runtime/temp_dir.ts";
import { codexHome } from "./codex_home.ts";
import type { ScriptedModel } from "./scripted_model.ts";

/** What answers in a demonstration. Disposing ends the scripted model and removes its folder. */
export interface DemoModel extends AsyncDisposable {
  /** For `Codex.start(demo.options)`. */
  readonly options: Pick<CodexOptions, "env" | "configOverrides">;
  /** Whether the script answers. */
  readonly scripted: boolean;
  /** One line that says who answers, and why. */
  readonly notice: string;
}

/** How long the server may take to say whether somebody is logged in, in milliseconds. */
const ACCOUNT_TIMEOUT_MS = 20_000;

/**
 * Lets a program be tried by anybody: the real model answers if Codex is logged in on this machine, or if
 * `OPENAI_API_KEY` is set; else `script` does, without account and network. The environment variable
 * `CODEX_DEMO_MODEL` decides it by its values `scripted` and `real`.
 *
 * Nothing of it belongs in a program of your own, where `Codex.start()` does.
 *
 * @throws {CodexNotFoundError} And the other errors of `Codex.start`, which is how it learns of a login.
 *
 * @example
 * ```ts no-eval
 * import { Codex, finalResponse } from "@codex-app-server/sdk";
 * import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * await using demo = await demoModel(new ScriptedModel().reply("Hello!"));
 * await using codex = await Codex.start(demo.options);
 * const thread = await codex.threadStart();
 * console.log(demo.notice, finalResponse(await thread.run("Say hello.")));
 * ```
 */
export async function demoModel(script: ScriptedModel): Promise<DemoModel> {
  const env = host().env();
  const choice = env["CODEX_DEMO_MODEL"];
  if (choice === "scripted") return await scripted(script, "CODEX_DEMO_MODEL says so");
  if (choice === "real") return real("CODEX_DEMO_MODEL says so");
  const account = await describeAccount(env);
  if (account !== null) return real(account);
  if (env["OPENAI_API_KEY"]) return await byApiKey(env["OPENAI_BASE_URL"] || "https://api.openai.com/v1");
  return await scripted(script, "neither a login of Codex nor OPENAI_API_KEY was found");
}

/** Says what the server may use without further ado, or `null`. Only the server knows: a login can lie in a keyring. */
async function describeAccount(env: Readonly<Record<string, string>>): Promise<string | null> {
  const userHome = env["HOME"] ?? env["USERPROFILE"];
  const { platform, stat } = host();
  const home = getEnv(platform, env, "CODEX_HOME") || (userHome && joinPath(platform, userHome, ".codex"));
  // Nobody has used Codex here, and to ask the server would create the folder.
  if (!home || (await stat(home)).kind !== "directory") return null;
  const codex = await Codex.start();
  try {
    const { account, requiresOpenaiAuth } = await codex.account({}, { timeoutMs: ACCOUNT_TIMEOUT_MS });
    if (account !== null && account !== undefined) return `Codex is logged in by ${account.type}`;
    return requiresOpenaiAuth ? null : "Codex is configured to use a model that needs no login";
  } finally {
    await codex.close();
  }
}

function real(why: string): DemoModel {
  const dispose = () => Promise.resolve();
  return { options: {}, scripted: false, notice: `Using the real model: ${why}.`, [Symbol.asyncDispose]: dispose };
}

/** The key is named to the server and stored nowhere. */
async function byApiKey(baseUrl: string): Promise<DemoModel> {
  const home = await makeTempDir("codex-home-");
  const provider = `{ name = "OpenAI", base_url = ${JSON.stringify(baseUrl)}, wire_api = "responses", ` +
    `env_key = "OPENAI_API_KEY" }`;
  return {
    options: {
      env: { CODEX_HOME: home.path },
      configOverrides: [`model_providers.openai_api_key=${provider}`, `model_provider="openai_api_key"`],
    },
    scripted: false,
    notice: "Using the real model: OPENAI_API_KEY is set.",
    [Symbol.asyncDispose]: home.remove,
  };
}

async function scripted(script: ScriptedModel, why: string): Promise<DemoModel> {
  const listener = await script.listen();
  try {
    const home = await codexHome({ modelUrl: listener.url });
    return {
      options: { env: home.env },
      scripted: true,
      notice: `Using the built-in scripted model: ${why}.`,
      async [Symbol.asyncDispose]() {
        await listener.close();
        await home.remove();
      },
    };
  } catch (error) {
    await listener.close();
    throw error;
  }
}
