import { makeTempDir } from "../runtime/temp_dir.ts";
import { checkOptions, flag, oneOf, type OptionChecks, recordOf, text } from "../util/options.ts";

/** Options of {@linkcode codexHome}. */
export interface CodexHomeOptions {
  /** The model's base URL: the `url` of a scripted model's listener. */
  readonly modelUrl: string;
  /** When the server asks before it runs something. Default `"never"`. */
  readonly approvalPolicy?: "never" | "on-request";
  /**
   * What commands may touch. Default `"read-only"`. With `workspace-write` the temporary folders are left out, in which
   * the home lies; `toml` may have a `sandbox_workspace_write` of its own.
   */
  readonly sandboxMode?: "read-only" | "workspace-write" | "danger-full-access";
  /**
   * Features to switch on or off. Default: `plugins` off, for with it the server asks GitHub for its list of plugins;
   * the others as the server has them.
   */
  readonly features?: Readonly<Record<string, boolean>>;
  /** More configuration: TOML, appended to the file. May begin with top-level keys. Features have their own option. */
  readonly toml?: string;
}

/** See {@linkcode checkOptions}. */
export const HOME_OPTIONS: OptionChecks<CodexHomeOptions> = {
  modelUrl: text,
  approvalPolicy: oneOf("never", "on-request"),
  sandboxMode: oneOf("read-only", "workspace-write", "danger-full-access"),
  features: recordOf("an object with true or false for each feature", flag),
  toml: text,
};

/**
 * The home and the workspace are temporary folders. Outside of tests they are not, and a home that the agent may write to
 * is one in which no policy judges a command: what shells read at their start lies there.
 */
const SANDBOX = "sandbox_workspace_write = { exclude_slash_tmp = true, exclude_tmpdir_env_var = true }";

/** A temporary `CODEX_HOME`. Disposing removes it. */
export interface CodexHome extends AsyncDisposable {
  /** The folder, absolute. */
  readonly path: string;
  /** The environment that makes a server use it, to be laid over the host's. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the folder. May be called more than once, also while a server that is ending still writes there. */
  remove(): Promise<void>;
}

/**
 * Writes a `CODEX_HOME` in which `codex app-server` talks to a scripted model and to nobody else, needs no login and
 * reads nothing of the user's own configuration.
 *
 * @throws {TypeError} If `toml` has a table of features.
 * @example
 * ```ts
 * import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * await using listener = await new ScriptedModel().listen();
 * await using home = await codexHome({ modelUrl: listener.url, sandboxMode: "workspace-write" });
 * console.log(home.env.CODEX_HOME === home.path); // true
 * ```
 */
export async function codexHome(options: CodexHomeOptions): Promise<CodexHome> {
  checkOptions("codexHome", options, HOME_OPTIONS);
  const { modelUrl, approvalPolicy = "never", sandboxMode = "read-only", toml = "" } = options;
  if (/^\s*(\[\s*features\b|features\b\s*[.=])/m.test(toml)) {
    throw new TypeError("The option toml has features, which would hide those of the option features: name them there");
  }
  const features = Object.entries({ plugins: false, ...options.features });
  const dir = await makeTempDir("codex-home-");
  let temp: string;
  try {
    temp = await dir.folder("tmp");
    // A JSON string is a TOML string. The provider is an inline table, so that the appended text starts at top level.
    const provider = `{ name = "mock", base_url = ${JSON.stringify(modelUrl)}, wire_api = "responses", ` +
      `request_max_retries = 0, stream_max_retries = 0 }`;
    await dir.write(
      "config.toml",
      [
        `model = "mock-model"`,
        `model_provider = "mock"`,
        `approval_policy = ${JSON.stringify(approvalPolicy)}`,
        `sandbox_mode = ${JSON.stringify(sandboxMode)}`,
        `model_providers.mock = ${provider}`,
        `features = { ${features.map(([name, on]) => `${name} = ${on}`).join(", ")} }`,
        ...(/^\s*\[?\s*sandbox_workspace_write\b/m.test(toml) ? [] : [SANDBOX]),
        `${toml}\n`,
      ].join("\n"),
    );
  } catch (error) {
    await dir.remove();
    throw error;
  }
  const env = {
    CODEX_HOME: dir.path,
    // The user's own skills and shell profile are read from here.
    HOME: dir.path,
    // What the server leaves in the temporary folder goes with the home.
    TMPDIR: temp,
    CODEX_APP_SERVER_DISABLE_MANAGED_CONFIG: "1",
    RUST_LOG: "error",
    // A proxy of the host has no way to this machine's own 127.0.0.1.
    NO_PROXY: "127.0.0.1",
    no_proxy: "127.0.0.1",
  };
  return { path: dir.path, env, remove: dir.remove, [Symbol.asyncDispose]: dir.remove };
}
