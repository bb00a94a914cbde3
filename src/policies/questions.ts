/**
 * From the server's approval requests to {@linkcode ApprovalQuestion}s, and from a decision back to each request's answer.
 *
 * @module
 */
import type {
  ApplyPatchApprovalParams,
  CommandAction,
  CommandExecutionRequestApprovalParams,
  ExecCommandApprovalParams,
  FileChangeRequestApprovalParams,
  McpServerElicitationRequestParams,
  McpServerElicitationRequestResponse,
  ParsedCommand,
  PermissionsRequestApprovalParams,
  PermissionsRequestApprovalResponse,
  ReviewDecision,
  ThreadItem,
} from "../../gen/mod.ts";
import { changedPaths } from "../util/changed_paths.ts";
import type {
  ApprovalDecision,
  CommandQuestion,
  ElicitationQuestion,
  FileChangeQuestion,
  PermissionsQuestion,
  Verdict,
} from "./question.ts";
import { plainCommand } from "./shell_words.ts";

/** `item/commandExecution/requestApproval` as a question. */
export function commandQuestion(params: CommandExecutionRequestApprovalParams): CommandQuestion {
  const command = params.command ?? null;
  return {
    kind: "command",
    ...idsOf(params),
    asks: asksOf(params),
    command,
    argv: command === null ? null : plainCommand(command),
    actions: params.commandActions ?? null,
    cwd: params.cwd ?? null,
    params,
  };
}

function asksOf(params: CommandExecutionRequestApprovalParams): CommandQuestion["asks"] {
  const kind = params.kind ?? "command";
  if (kind === "writeStdin") return "stdin";
  // A kind that this version does not know may ask for anything, so it is left to a person.
  if (kind !== "command") return "human";
  if ((params.networkApprovalContext ?? null) !== null) return "network";
  return (params.additionalPermissions ?? null) === null ? "run" : "permissions";
}

/** The legacy `execCommandApproval` as a question. */
export function legacyCommandQuestion(params: ExecCommandApprovalParams): CommandQuestion {
  return {
    kind: "command",
    ...legacyIdsOf(params),
    asks: "run",
    command: params.command.map((word) => JSON.stringify(word)).join(" "),
    argv: plainCommand(params.command),
    actions: params.parsedCmd.map(actionOf),
    cwd: params.cwd,
    params,
  };
}

function actionOf(parsed: ParsedCommand): CommandAction {
  const { type, cmd: command } = parsed;
  switch (type) {
    case "read":
      return { type, command, name: parsed.name, path: parsed.path };
    case "list_files":
      return { type: "listFiles", command, path: parsed.path ?? null };
    case "search":
      return { type, command, query: parsed.query ?? null, path: parsed.path ?? null };
    default:
      return { type: "unknown", command };
  }
}

/** `item/fileChange/requestApproval` as a question. What would be changed stands in the item alone. */
export function fileChangeQuestion(
  params: FileChangeRequestApprovalParams,
  item: ThreadItem | null,
): FileChangeQuestion {
  const changes = item?.type !== "fileChange" ? null : item.changes;
  const paths = changes && changedPaths(changes.map(({ path, kind }) => [path, kind]));
  return { kind: "fileChange", ...idsOf(params), paths, grantRoot: params.grantRoot ?? null, params };
}

/** The legacy `applyPatchApproval` as a question. */
export function legacyFileChangeQuestion(params: ApplyPatchApprovalParams): FileChangeQuestion {
  const paths = changedPaths(Object.entries(params.fileChanges));
  return { kind: "fileChange", ...legacyIdsOf(params), paths, grantRoot: params.grantRoot ?? null, params };
}

/** `item/permissions/requestApproval` as a question. */
export function permissionsQuestion(params: PermissionsRequestApprovalParams): PermissionsQuestion {
  return { kind: "permissions", ...idsOf(params), params };
}

/** `mcpServer/elicitation/request` as a question. */
export function elicitationQuestion(params: McpServerElicitationRequestParams): ElicitationQuestion {
  const { threadId, turnId = null } = params;
  return { kind: "elicitation", threadId, turnId, itemId: null, reason: null, params };
}

/** Grants what was asked, for this turn or for the session; or nothing. There is no `cancel` here. */
export function permissionsAnswer(
  { params }: PermissionsQuestion,
  decision: ApprovalDecision,
): PermissionsRequestApprovalResponse {
  if (decision !== "accept" && decision !== "acceptForSession") return { permissions: {}, scope: "turn" };
  return { permissions: params.permissions, scope: decision === "accept" ? "turn" : "session" };
}

/** Answers an elicitation, or `null` if it would be accepted but wants content that a decision does not hold. */
export function elicitationAnswer(
  { params }: ElicitationQuestion,
  decision: ApprovalDecision,
): McpServerElicitationRequestResponse | null {
  if (decision === "decline" || decision === "cancel") return { action: decision, content: null };
  if (params.mode !== "form" || Object.keys(params.requestedSchema.properties).length > 0) return null;
  const persist = (params._meta as { persist?: unknown } | null | undefined)?.persist;
  const forSession = decision === "acceptForSession" && Array.isArray(persist) && persist.includes("session");
  return { action: "accept", content: {}, ...(forSession ? { _meta: { persist: "session" } } : {}) };
}

/** A decision in the legacy requests' words. */
export function legacyAnswer({ decision, reason }: Verdict): { decision: ReviewDecision } {
  switch (decision) {
    case "accept":
      return { decision: "approved" };
    case "acceptForSession":
      return { decision: "approved_for_session" };
    case "decline":
      return { decision: { denied: { rejection: reason } } };
    case "cancel":
      return { decision: "abort" };
  }
}

interface ItemParams {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly reason?: string | null | undefined;
}

function idsOf({ threadId, turnId, itemId, reason = null }: ItemParams) {
  return { threadId, turnId, itemId, reason };
}

function legacyIdsOf(params: ExecCommandApprovalParams | ApplyPatchApprovalParams) {
  return { threadId: params.conversationId, turnId: null, itemId: params.callId, reason: params.reason ?? null };
}
