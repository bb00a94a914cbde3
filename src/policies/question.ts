import type {
  ApplyPatchApprovalParams,
  CommandAction,
  CommandExecutionRequestApprovalParams,
  ExecCommandApprovalParams,
  FileChangeRequestApprovalParams,
  McpServerElicitationRequestParams,
  PermissionsRequestApprovalParams,
} from "../../gen/mod.ts";
import type { LocalThread } from "../router/thread_places.ts";

/** What every approval question has. */
export interface QuestionBase {
  /** The thread that asks. */
  readonly threadId: string | null;
  /** The turn that asks; `null` if the server names none. */
  readonly turnId: string | null;
  /** The item that it is about; `null` where the request names none. */
  readonly itemId: string | null;
  /** Why the agent asks, in its own words. Not to be trusted. */
  readonly reason: string | null;
}

/** May this command run outside the sandbox? */
export interface CommandQuestion extends QuestionBase {
  /** Tells the questions apart. */
  readonly kind: "command";
  /**
   * What is to be allowed. `run`: to run the command. `stdin`: input to a program that runs already. `human`: a checkpoint
   * that wants a person. `network`, `permissions`: more than the command itself.
   */
  readonly asks: "run" | "stdin" | "human" | "network" | "permissions";
  /** The command as the server shows it. */
  readonly command: string | null;
  /** Program and arguments, if the command is provably one plain command: no pipe, no list, no expansion. */
  readonly argv: readonly string[] | null;
  /** The server's own reading of the command. Made for display: it leaves out parts, see the documentation. */
  readonly actions: readonly CommandAction[] | null;
  /** Where it would run. */
  readonly cwd: string | null;
  /** The request itself. */
  readonly params: CommandExecutionRequestApprovalParams | ExecCommandApprovalParams;
}

/** May these files be changed? */
export interface FileChangeQuestion extends QuestionBase {
  /** Tells the questions apart. */
  readonly kind: "fileChange";
  /** Every path that would be written, removed, or moved to; `null` if the change was not seen. */
  readonly paths: readonly string[] | null;
  /** The folder that the agent wants to write to for the rest of the session, if it asks for one. */
  readonly grantRoot: string | null;
  /** The request itself. */
  readonly params: FileChangeRequestApprovalParams | ApplyPatchApprovalParams;
}

/** May the sandbox be widened? */
export interface PermissionsQuestion extends QuestionBase {
  /** Tells the questions apart. */
  readonly kind: "permissions";
  /** The request itself. */
  readonly params: PermissionsRequestApprovalParams;
}

/**
 * An MCP server asks something, or one of its tools is to be called: both arrive as the same request. `params._meta` says
 * which (`codex_approval_kind`), but an MCP server can write that too; only `params.serverName` is certain.
 */
export interface ElicitationQuestion extends QuestionBase {
  /** Tells the questions apart. */
  readonly kind: "elicitation";
  /** The request itself. */
  readonly params: McpServerElicitationRequestParams;
}

/** What a policy is asked: any approval request of the server, in one shape. Tell them apart by `kind`. */
export type ApprovalQuestion = CommandQuestion | FileChangeQuestion | PermissionsQuestion | ElicitationQuestion;

/**
 * A decision, in the protocol's words. `acceptForSession`: also like questions to come, as the server understands like.
 * `cancel`: refuse and interrupt the turn. One that the question does not offer (`availableDecisions`) becomes the narrower
 * one: `acceptForSession` becomes `accept`, and what cannot be accepted or cancelled is declined.
 */
export type ApprovalDecision = "accept" | "acceptForSession" | "decline" | "cancel";

/** What a policy says. */
export interface Verdict {
  /** What is decided. */
  readonly decision: ApprovalDecision;
  /** For the audit: why. */
  readonly reason: string;
  /** Which policy said it; filled in from the function's name. */
  readonly policy?: string;
}

/** What a policy knows beside the question. */
export interface PolicyContext {
  /** Aborts when the answer is no longer wanted. */
  readonly signal: AbortSignal;
  /**
   * What is known of the machine that the thread works on, if it is this one; `null` if it may be another. Absent only
   * where a policy is called by hand: then this machine is meant, and nothing is known of what the agent may have written.
   */
  readonly local?: LocalThread | null | undefined;
  /**
   * The way from the thread that was opened here to the one that asks, which is a sub-agent of it if there is more than
   * one. Absent only where a policy is called by hand.
   */
  readonly threadPath?: readonly string[] | undefined;
}

/**
 * Judges a question, or returns `undefined` if it cannot. Any function of this shape is a policy. One that throws has
 * refused.
 */
export type ApprovalPolicy = (
  question: ApprovalQuestion,
  ctx: PolicyContext,
) => Verdict | undefined | Promise<Verdict | undefined>;
