import type { NotificationMethod } from "../../gen/mod.ts";
import { has, isObject } from "./lenient.ts";

/** What events carry as a whole, and the texts that it is recognised by. */
const CARRIED: ReadonlyMap<string, readonly [key: string, ...texts: string[]]> = new Map<
  NotificationMethod,
  readonly [string, ...string[]]
>([
  ["item/started", ["item", "id", "type"]],
  ["item/completed", ["item", "id", "type"]],
  ["turn/started", ["turn", "id", "status"]],
  ["turn/completed", ["turn", "id", "status"]],
  ["thread/started", ["thread", "id"]],
]);

/** Whether an event has what it is recognised by. */
export function isEvent({ method, params }: { readonly method: string; readonly params: unknown }): boolean {
  if (!isObject(params)) return false;
  const carried = CARRIED.get(method);
  if (carried === undefined) return true;
  const [key, ...texts] = carried;
  return has(params[key], ...texts);
}
