import type { ServerRequestMethod, ThreadItem } from "@codex-app-server/sdk/protocol";
import type { LocalThread } from "@codex-app-server/sdk";
import type { Parked, Passed, ServerRequestContext } from "../../src/router/server_request.ts";

/** What a handler's `pass()` returns here. */
export const PASSED = { passed: true } as unknown as Passed;

/** A context as the client gives it to a handler. */
export function contextOf(
  method: ServerRequestMethod,
  options: {
    readonly item?: ThreadItem;
    readonly signal?: AbortSignal;
    readonly own?: boolean;
    readonly local?: LocalThread | null;
  } = {},
): ServerRequestContext {
  return {
    id: 0,
    requestId: 0,
    method,
    signal: options.signal ?? new AbortController().signal,
    threadId: "thread-1",
    rootThreadId: "thread-1",
    threadPath: ["thread-1"],
    turnId: "turn-1",
    own: options.own ?? true,
    item: options.item ?? null,
    local: options.local === undefined ? null : options.local,
    pass: () => PASSED,
    defer: () => ({ parked: true }) as unknown as Parked,
  };
}
