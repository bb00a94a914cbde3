import { findProgram } from "../runtime/find_program.ts";
import type { CommandQuestion, PolicyContext } from "./question.ts";
import { wrappingShell } from "./shell_words.ts";

/**
 * The file that the program of a command is, links resolved, or `null` if the agent may have a hand in which one it is:
 * then what the command says is not what it does, and no policy should judge it by its words.
 *
 * It is `null`
 *
 * - if the command is not provably one plain one (`argv` is `null`), or where it runs is not known;
 * - while a folder of the server's `PATH` is relative, or lies at or below the folder that the command runs in, or one
 *   that the sandbox lets the agent write to (the temporary folders among them), or is reached by a link in one;
 * - while the home folder, a file that shells read at their start, or what `LD_LIBRARY_PATH` and its like name does;
 * - if the program is found there, or in a folder that everybody may write to, or nowhere, or is a file that the agent
 *   was allowed to change; its shell likewise;
 * - on a server that may run on another machine; and on Windows.
 *
 * What a login profile, or `shell_environment_policy` of the server's configuration, makes of `PATH` is not seen. Deno
 * needs `--allow-read` for all of it; where that is lacking, the answer is `null`.
 *
 * {@linkcode readOnlyCommands} and {@linkcode allowCommands} ask this by themselves.
 *
 * @example
 * ```ts
 * import { type ApprovalPolicy, findProgramOf } from "@codex-app-server/sdk/policies";
 *
 * const pods: ApprovalPolicy = async (question, ctx) => {
 *   if (question.kind !== "command" || question.asks !== "run") return undefined;
 *   if (question.argv?.join(" ") !== "kubectl get pods") return undefined;
 *   if (await findProgramOf(question, ctx) === null) return undefined;
 *   return { decision: "accept", reason: "lists pods" };
 * };
 * ```
 */
export function findProgramOf(question: CommandQuestion, ctx: PolicyContext): Promise<string | null> {
  return Promise.resolve(find(question, ctx));
}

function find({ argv, cwd, params }: CommandQuestion, { local }: PolicyContext): string | null {
  const program = argv?.[0];
  if (program === undefined || local === null) return null;
  // Asked by hand, of no server: nothing is known, and nothing is looked at.
  if (local === undefined) return program;
  if (cwd === null || ("environmentId" in params && (params.environmentId ?? "local") !== "local")) return null;
  const search = { cwd, env: local.env, writable: local.writable };
  const shell = wrappingShell(params.command ?? "");
  if (shell !== null && findProgram(shell, search) === null) return null;
  return findProgram(program, search);
}
