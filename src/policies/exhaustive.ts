import type { ServerRequestMethod } from "../../gen/mod.ts";
import type { ServerRequestHandler, ServerRequestHandlers } from "../router/server_request.ts";

/** A handler, or a knowing refusal, for every request that the server can make. */
export type ExhaustiveHandlers = { readonly [M in ServerRequestMethod]: ServerRequestHandler<M> | "refuse" };

/**
 * Makes a forgotten kind of server request a compile error: every method needs a handler, or `"refuse"`. A new version of
 * the protocol that asks something new no longer compiles until you have decided.
 *
 * @example
 * ```ts
 * import { denyAll, exhaustive, policyHandlers } from "@codex-app-server/sdk/policies";
 *
 * const handlers = exhaustive({
 *   ...policyHandlers(denyAll()),
 *   "item/tool/call": "refuse",
 *   "item/tool/requestUserInput": "refuse",
 *   "currentTime/read": () => ({ currentTimeAt: Math.floor(Date.now() / 1000) }),
 *   "account/chatgptAuthTokens/refresh": "refuse",
 *   "attestation/generate": "refuse",
 * });
 * ```
 */
export function exhaustive(handlers: ExhaustiveHandlers): ServerRequestHandlers {
  return Object.fromEntries(Object.entries(handlers).filter(([, handler]) => handler !== "refuse"));
}
