import { ROUTING } from "../../gen/routing.ts";
import { RecentMap } from "../util/recent_map.ts";

/** The ids that say whom a message concerns. */
export interface Routed {
  readonly threadId: string | null;
  readonly turnId: string | null;
}

type Params = Readonly<Record<string, unknown>>;

/** A place of the generated table, taken apart: `turn.id` is the `id` within the property `turn`. */
interface Place {
  readonly key: string;
  readonly inner: boolean;
}

interface Places {
  readonly thread: Place | undefined;
  readonly turn: Place | undefined;
  readonly item: Place | undefined;
}

const NOWHERE: Routed = { threadId: null, turnId: null };

const PLACES: RecentMap<Places> = new RecentMap(
  Object.entries(ROUTING).map(([method, { thread, turn, item }]) =>
    [
      method,
      { thread: placeOf(thread), turn: placeOf(turn), item: placeOf(item) },
    ] as const
  ),
);

/**
 * Reads the ids out of a message's params: where the generated table says, and for a method that the table does not
 * know where such ids usually stand, so that events of a newer server find their turn as well.
 */
export function routeOf(method: string, params: unknown): Routed {
  if (!isParams(params)) return NOWHERE;
  const places = PLACES.get(method);
  if (places !== undefined) return { threadId: at(params, places.thread), turnId: at(params, places.turn) };
  return {
    threadId: text(params["threadId"]) ?? inner(params["thread"]),
    turnId: text(params["turnId"]) ?? inner(params["turn"]),
  };
}

/** Reads the id of the item that a message is about, in the same way. */
export function itemIdOf(method: string, params: unknown): string | null {
  if (!isParams(params)) return null;
  const places = PLACES.get(method);
  return places === undefined ? text(params["itemId"]) ?? inner(params["item"]) : at(params, places.item);
}

function placeOf(place: string | undefined): Place | undefined {
  if (place === undefined) return undefined;
  return place.endsWith(".id") ? { key: place.slice(0, -3), inner: true } : { key: place, inner: false };
}

function isParams(value: unknown): value is Params {
  return typeof value === "object" && value !== null;
}

function at(params: Params, place: Place | undefined): string | null {
  if (place === undefined) return null;
  return place.inner ? inner(params[place.key]) : text(params[place.key]);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function inner(value: unknown): string | null {
  return isParams(value) ? text(value["id"]) : null;
}
