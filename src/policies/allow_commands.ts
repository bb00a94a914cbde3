import { checkOptions, flag, type OptionChecks, text } from "../util/options.ts";
import { named } from "./combine.ts";
import { findProgramOf } from "./program.ts";
import type { ApprovalPolicy } from "./question.ts";
import { shown } from "./visible.ts";

/** Options of {@linkcode allowCommands}. */
export interface AllowCommandsOptions {
  /**
   * Only in this working directory, absolute, as the server reports it. Default: in any, also one that the model has
   * chosen or made. Without it, rules for `git` and for a relative path (`./gradlew`) accept nothing: both run what the
   * folder holds.
   */
  readonly cwd?: string | undefined;
  /** Only the words of a rule, and no further arguments. Default `false`. */
  readonly exact?: boolean | undefined;
}

const ALLOW_COMMANDS_OPTIONS: OptionChecks<AllowCommandsOptions> = { cwd: text, exact: flag };

/**
 * Accepts the listed commands. Each rule is a program and the first of its arguments, compared word by word; further
 * arguments are free, so end a rule where you trust the rest (`["git", "status"]`, not `["git"]`), or use `exact`.
 *
 * What an accepted command does is what its program does, **outside the sandbox**: a rule for `npm test`, `make` or
 * `cargo build` lets the agent run anything, for it can write what these run. So does `git status` in a repository that the
 * agent can make or configure (`core.fsmonitor`, submodules). The documentation goes through it.
 *
 * It does not judge
 *
 * - a command that is not provably one plain command (pipes, lists, redirections, expansions, variables, line breaks),
 *   whatever it begins with;
 * - a program that shells have built in (`printf`, `test`, `read`, `kill` ...), for such a command evaluates its
 *   arguments once more: write a rule for its path, `["/usr/bin/printf"]`;
 * - a shell, whatever it is to run;
 * - a program that the agent may have put there; see {@linkcode findProgramOf}.
 *
 * @throws {TypeError} If a rule is empty or begins with an empty word, as it would allow everything; or if `cwd` is not
 * an absolute path.
 *
 * @example
 * ```ts
 * import { allowCommands } from "@codex-app-server/sdk/policies";
 *
 * // Whatever the agent has written there, these show how full the disks are, and nothing else.
 * const policy = allowCommands([["df", "-h"], ["du", "-sh"]]);
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
  const { cwd, exact = false } = options;
  if (cwd !== undefined && !/^(?:[/\\]|[A-Za-z]:[/\\])/.test(cwd)) {
    throw new TypeError(`The option cwd of allowCommands must be an absolute path; got ${JSON.stringify(cwd)}`);
  }
  return named("allowCommands", async (question, ctx) => {
    if (question.kind !== "command" || question.asks !== "run") return undefined;
    const { argv } = question;
    if (argv === null || (cwd !== undefined && trimmed(question.cwd) !== trimmed(cwd))) return undefined;
    const rule = rules.find((words) =>
      (!exact || words.length === argv.length) && words.every((word, i) => word === argv[i])
    );
    if (rule === undefined || (cwd === undefined && ctx.local !== undefined && goesByFolder(argv[0]!))) {
      return undefined;
    }
    if (await findProgramOf(question, ctx) === null) return undefined;
    return { decision: "accept", reason: shown(`allowed: ${rule.join(" ")}`) };
  });
}

/** Whether a program is another one in every folder: by its path, or by what a folder makes it run before it begins. */
function goesByFolder(program: string): boolean {
  return /(?:^|\/)git$/.test(program) || (program.includes("/") && !program.startsWith("/"));
}

function trimmed(folder: string | null): string | null {
  return folder?.replace(/(?<=.)\/+$/, "") ?? null;
}
