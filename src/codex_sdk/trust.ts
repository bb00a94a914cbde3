import type { Config, ConfigLayer } from "../../gen/mod.ts";
import type { Workspace } from "../runtime/workspace.ts";

/** What the configuration says for a folder. */
export interface Configured {
  readonly config: Config;
  readonly layers?: readonly ConfigLayer[] | null;
}

/** Whether nobody has said of a folder, or of its repository, that it is trusted or that it is not. */
export function isUnjudged({ config, layers }: Configured, { path, realPath, repository }: Workspace): boolean {
  // What a trusted folder configures counts, wherever its trust comes from.
  if (layers?.some((layer) => isOfProject(layer) && layer.disabledReason == null)) return false;
  const { projects } = config as { projects?: Readonly<Record<string, { trust_level?: unknown } | null>> | null };
  return [path, realPath, repository].every((folder) => folder === null || projects?.[folder]?.trust_level == null);
}

/**
 * Whether an app-server would trust a folder for good, in `config.toml`, if a thread were started that may write there:
 * it would then start what the folder itself configures. `codex exec` leaves the folder as it is.
 */
export function wouldBeTrusted(said: Configured, workspace: Workspace): boolean {
  return isUnjudged(said, workspace) && (workspace.repository !== null || (said.layers ?? []).some(isOfProject));
}

function isOfProject({ name }: ConfigLayer): boolean {
  return name.type === "project";
}
