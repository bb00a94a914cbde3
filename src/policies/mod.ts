/**
 * Policies: who may do what, as small functions that compose. Everything that no policy accepts is refused.
 *
 * @module
 */
export { allowCommands, type AllowCommandsOptions } from "./allow_commands.ts";
export { allowPaths, type AllowPathsOptions, type ResolveTarget } from "./allow_paths.ts";
export { type Ask, askInTerminal, type AskInTerminalOptions } from "./ask_in_terminal.ts";
export { acceptForSession, denyAll, firstOf } from "./combine.ts";
export { describeQuestion, type ScreenSize } from "./describe.ts";
export { exhaustive, type ExhaustiveHandlers } from "./exhaustive.ts";
export { type ApprovalMethod, type ApprovalRecord, policyHandlers, type PolicyHandlersOptions } from "./handlers.ts";
export type {
  ApprovalDecision,
  ApprovalPolicy,
  ApprovalQuestion,
  CommandQuestion,
  ElicitationQuestion,
  FileChangeQuestion,
  PermissionsQuestion,
  PolicyContext,
  QuestionBase,
  Verdict,
} from "./question.ts";
export { findProgramOf } from "./program.ts";
export { readOnlyCommands } from "./read_only_commands.ts";
