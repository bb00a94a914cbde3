import {
  type NotificationMethod,
  type NotificationOf,
  type Schema,
  SERVER_NOTIFICATIONS,
  SERVER_REQUESTS,
  type ServerRequestMethod,
  type ServerRequestParamsOf,
  type ThreadItem,
  ThreadItemSchema,
  type Turn,
  TurnSchema,
} from "../../gen/mod.ts";
import { type PartialDeep, sample } from "./sample.ts";

/** The kinds of thread items. */
export type ItemType = ThreadItem["type"];

/** The thread item of one kind. */
export type ItemOf<K extends ItemType> = Extract<ThreadItem, { readonly type: K }>;

/**
 * Builds a thread item.
 *
 * @param type Its kind.
 * @param given What matters to the test; the rest gets defaults as of {@linkcode sample}.
 * @throws {TypeError} If what is given does not fit the protocol.
 * @example
 * ```ts
 * import { item } from "@codex-app-server/sdk/testing";
 *
 * const ran = item("commandExecution", { command: "ls", exitCode: 0 });
 * console.log(ran.status);
 * ```
 */
export function item<K extends ItemType>(type: K, given?: PartialDeep<Omit<ItemOf<K>, "type">>): ItemOf<K> {
  const part = { id: "item-1", ...given, type } as unknown as PartialDeep<ThreadItem>;
  return sample(ThreadItemSchema, part) as ItemOf<K>;
}

/** Builds a turn: completed, without items. */
export function turn(given: PartialDeep<Turn> = {}): Turn {
  return sample(TurnSchema, { id: "turn-1", ...given });
}

/** Where a default would contradict the notification that it stands in. */
const FITTING: Readonly<Record<string, unknown>> = {
  "turn/started": { turn: { status: "inProgress" } },
};

/**
 * Builds a notification.
 *
 * @param method Its method.
 * @param given What matters of its params; the rest gets defaults as of {@linkcode sample}.
 * @throws {TypeError} If what is given does not fit the protocol.
 * @example
 * ```ts
 * import { notification } from "@codex-app-server/sdk/testing";
 *
 * const { params } = notification("turn/completed", { turn: { status: "failed", error: { message: "no" } } });
 * console.log(params.threadId, params.turn.id); // thread-1 turn-1
 * ```
 */
export function notification<M extends NotificationMethod>(
  method: M,
  given?: PartialDeep<NotificationOf<M>["params"]>,
): NotificationOf<M> {
  const schema = SERVER_NOTIFICATIONS[method].params as unknown as Schema<NotificationOf<M>["params"]>;
  const part = given ?? FITTING[method] as PartialDeep<NotificationOf<M>["params"]> | undefined;
  return { method, params: sample(schema, part) };
}

/** Builds the params of a request of the server, as {@linkcode notification} builds a notification. */
export function serverRequestParams<M extends ServerRequestMethod>(
  method: M,
  given?: PartialDeep<ServerRequestParamsOf<M>>,
): ServerRequestParamsOf<M> {
  return sample(SERVER_REQUESTS[method].params as unknown as Schema<ServerRequestParamsOf<M>>, given);
}
