import type { ServerRequest } from "../router/server_request.ts";

/** The requests of the server that a person can answer. */
export type QuestionMethod =
  | "applyPatchApproval"
  | "execCommandApproval"
  | "item/commandExecution/requestApproval"
  | "item/fileChange/requestApproval"
  | "item/permissions/requestApproval"
  | "item/tool/requestUserInput"
  | "mcpServer/elicitation/request";

/** A question of the server that waits for its answer: its request, as it came. */
export type Question = Extract<ServerRequest, { readonly method: QuestionMethod }>;
