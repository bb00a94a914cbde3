import { checkOptions, type OptionChecks, text } from "../util/options.ts";
import { named } from "./combine.ts";
import type { ApprovalPolicy } from "./question.ts";

/** Options of {@linkcode allowCommands}. */
export interface AllowCommandsOptions {
  /** Only in this working directory, as the server reports it. Default: in any, also one that the model has chosen. */
  readonly cwd?: string | undefined;
}

const ALLOW_COMMANDS_OPTIONS: OptionChecks<AllowCommandsOptions> = { cwd: text };

/**
 * Accepts the listed commands. Each rule is a program and the first of its arguments, compared word by word; further
 * arguments are free, so end a rule where you trust the rest (`["git", "status"]`, not `["git"]`).
 *
 * A command that is not provably one plain command (pipes, lists, redirections, expansions, variables, line breaks) is not
 * judged, whatever it begins with.
 *
 * @throws {TypeError} If a rule is empty or begins with an empty word: it would allow everything.
 *
 * @example
 * ```ts
 * import { allowCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = allowCommands([["npm", "test"], ["git", "status"]], { cwd: "/srv/app" });
 * ```
 */
export function allowCommands(
  rules: readonly (readonly string[])[],
  options: AllowCommandsOptions = {},
): ApprovalPolicy {
  checkOptions("allowCommands", options, ALLOW_COMMANDS_OPTIONS);
  for (const rule of rules) {
    if (!Array.isArray(rule) || rule.length === 0 || rule[0] === "") {
      throw new TypeError(
        `A rule of allowCommands must list a program and arguments, like ["git", "status"]; got ${
          JSON.stringify(rule)
        }`,
      );
    }
  }
  return named("allowCommands", (question) => {
    if (question.kind !== "command" || question.asks !== "run") return undefined;
    const { argv, cwd } = question;
    if (argv === null || (options.cwd !== undefined && cwd !== options.cwd)) return undefined;
    const rule = rules.find((words) => words.every((word, i) => word === argv[i]));
    return rule && { decision: "accept", reason: `allowed: ${rule.join(" ")}` };
  });
}
