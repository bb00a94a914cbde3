import { type Route, ROUTING } from "../../gen/routing.ts";
import { RecentMap } from "../util/recent_map.ts";

/** The ids that say whom a message concerns. */
export interface Routed {
  readonly threadId: string | null;
  readonly turnId: string | null;
}

const NOWHERE: Routed = { threadId: null, turnId: null };

type Params = Readonly<Record<string, unknown>>;

/** The generated table, with each method's own name, as a map for the look-ups of a stream of events. */
const ROUTES: RecentMap<Route & { readonly method: string }> = new RecentMap(
  Object.entries(ROUTING).map(([method, route]) => [method, { method, ...route }] as const),
);

/**
 * The method as the same string for every event of its kind: to compare a string with itself takes a tenth of the time
 * of comparing two, and an event's method is compared with some twenty on its way.
 */
export function sameMethod(method: string): string {
  return ROUTES.get(method)?.method ?? method;
}

/**
 * Reads the ids out of a message's params: where the generated table says, and what it does not know of where such ids
 * usually stand, so that events of a newer server find their turn as well.
 */
export function routeOf(method: string, params: unknown): Routed {
  if (!isParams(params)) return NOWHERE;
  const route = ROUTES.get(method);
  return { threadId: threadIdIn(params, route?.thread), turnId: turnIdIn(params, route?.turn) };
}

/** Reads the id of the item that a message is about, in the same way. */
export function itemIdOf(method: string, params: unknown): string | null {
  if (!isParams(params)) return null;
  const route = ROUTES.get(method);
  if (route === undefined) return text(params["itemId"]) ?? inner(params["item"]);
  return itemIdIn(params, route.item);
}

// Each place is named in the code: reading a property whose name is a variable takes several times as long.

function threadIdIn(params: Params, place: Route["thread"]): string | null {
  switch (place) {
    case "threadId":
      return text(params["threadId"]);
    case "thread.id":
      return inner(params["thread"]);
    case "conversationId":
      return text(params["conversationId"]);
    case undefined:
      return text(params["threadId"]) ?? inner(params["thread"]);
  }
}

function turnIdIn(params: Params, place: Route["turn"]): string | null {
  switch (place) {
    case "turnId":
      return text(params["turnId"]);
    case "turn.id":
      return inner(params["turn"]);
    case undefined:
      return text(params["turnId"]) ?? inner(params["turn"]);
  }
}

function itemIdIn(params: Params, place: Route["item"]): string | null {
  switch (place) {
    case "itemId":
      return text(params["itemId"]);
    case "item.id":
      return inner(params["item"]);
    case "callId":
      return text(params["callId"]);
    case undefined:
      return null;
  }
}

function isParams(value: unknown): value is Params {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function inner(value: unknown): string | null {
  return isParams(value) ? text(value["id"]) : null;
}
