/**
 * What is answered when nobody else does: for each server request, a valid refusal in that request's own shape.
 *
 * Nothing here ever accepts. A missing row is a compile error, so a request that a regeneration adds cannot be forgotten.
 *
 * @module
 */
import type { ServerRequestMethod, ServerRequestParamsOf, ServerRequestResultOf } from "../../gen/mod.ts";
import { callback, type Check, type OptionChecks } from "../util/options.ts";
import type { ServerRequestHandlers } from "./server_request.ts";

/** A refusal: a result of the request's own shape, or a JSON-RPC error where the protocol has no shape for a no. */
export type Refusal<M extends ServerRequestMethod = ServerRequestMethod> =
  | { readonly result: ServerRequestResultOf<M> }
  | { readonly error: { readonly code: number; readonly message: string } };

type Refuse<M extends ServerRequestMethod> = (params: ServerRequestParamsOf<M>, why: string) => Refusal<M>;

const METHOD_NOT_FOUND = -32601;
const NOT_AVAILABLE = -32000;

const unavailable = (what: string, why: string): Refusal<never> => ({
  error: { code: NOT_AVAILABLE, message: `${what}: ${why}` },
});

const REFUSALS: { readonly [M in ServerRequestMethod]: Refuse<M> } = {
  "item/commandExecution/requestApproval": () => ({ result: { decision: "decline" } }),
  "item/fileChange/requestApproval": () => ({ result: { decision: "decline" } }),
  "item/permissions/requestApproval": () => ({ result: { permissions: {}, scope: "turn" } }),
  "item/tool/requestUserInput": () => ({ result: { answers: {} } }),
  "mcpServer/elicitation/request": () => ({ result: { action: "decline", content: null } }),
  "item/tool/call": (params, why) => {
    // Not every value of JSON can be made a string of.
    const tool = typeof params?.tool === "string" ? `The tool ${params.tool}` : "It";
    return {
      result: { success: false, contentItems: [{ type: "inputText", text: `${tool} gave no result: ${why}` }] },
    };
  },
  // A clock reading decides nothing, so it is answered rather than refused. Whole seconds, as the protocol wants.
  "currentTime/read": () => ({ result: { currentTimeAt: Math.floor(Date.now() / 1000) } }),
  // Legacy approvals carry the reason inside the refusal; the bare string "denied" of older servers no longer parses.
  execCommandApproval: (_params, why) => ({ result: { decision: { denied: { rejection: why } } } }),
  applyPatchApproval: (_params, why) => ({ result: { decision: { denied: { rejection: why } } } }),
  "account/chatgptAuthTokens/refresh": (_params, why) => unavailable("No ChatGPT tokens", why),
  "attestation/generate": (_params, why) => unavailable("No attestation token", why),
};

/** The checks of a set of handlers: a function for each request that the server can make, and for nothing else. */
export const HANDLER_CHECKS: OptionChecks<ServerRequestHandlers> = Object.fromEntries(
  Object.keys(REFUSALS).map((method) => [method, callback]),
) as Record<ServerRequestMethod, Check>;

/**
 * The safe answer to a server request that no handler answered, or that one answered wrongly or too late.
 *
 * @param method As received; one that this SDK does not know is refused as `-32601`.
 * @param params As received, valid or not: nothing in them changes the decision.
 * @param why Told to the model or the server where the shape has room for it.
 */
export function safeRefusal(
  method: string,
  params: unknown,
  why = "this client does not answer such requests",
): Refusal {
  if (!Object.hasOwn(REFUSALS, method)) {
    return { error: { code: METHOD_NOT_FOUND, message: `This client does not know the method ${method}` } };
  }
  const refuse = REFUSALS[method as ServerRequestMethod] as Refuse<ServerRequestMethod>;
  return refuse(params as ServerRequestParamsOf<ServerRequestMethod>, why);
}
