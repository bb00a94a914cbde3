import type { Route } from "../../gen/mod.ts";

/** The ids that say whom a message concerns. */
export interface Routed {
  readonly threadId: string | null;
  readonly turnId: string | null;
  readonly itemId: string | null;
}

type Params = Readonly<Record<string, unknown>>;

const NOWHERE: Routed = { threadId: null, turnId: null, itemId: null };

/**
 * Reads the ids out of a message's params: where the generated table says, and for a method that the table does not
 * know where such ids usually stand, so that events of a newer server find their turn as well.
 */
export function routeOf(route: Route | undefined, params: unknown): Routed {
  if (typeof params !== "object" || params === null) return NOWHERE;
  const of = params as Params;
  if (route === undefined) {
    return {
      threadId: text(of["threadId"]) ?? inner(of["thread"]),
      turnId: text(of["turnId"]) ?? inner(of["turn"]),
      itemId: text(of["itemId"]) ?? inner(of["item"]),
    };
  }
  return { threadId: at(of, route.thread), turnId: at(of, route.turn), itemId: at(of, route.item) };
}

function at(params: Params, place: string | undefined): string | null {
  if (place === undefined) return null;
  return place.endsWith(".id") ? inner(params[place.slice(0, -3)]) : text(params[place]);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function inner(value: unknown): string | null {
  return typeof value === "object" && value !== null ? text((value as Params)["id"]) : null;
}
