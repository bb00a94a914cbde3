import type { AnySchema, RequestMethod } from "../../gen/mod.ts";
import { protocol } from "./protocol.ts";

/** The names of a method's params, if the protocol knows the method. It must have been loaded. */
export function paramNames(method: string): string[] {
  const { CLIENT_REQUESTS } = protocol();
  return Object.hasOwn(CLIENT_REQUESTS, method) ? namesIn(CLIENT_REQUESTS[method as RequestMethod].params) : [];
}

/** The names that an object's schema lists. */
export function namesIn(schema: AnySchema | null): string[] {
  return Object.keys((schema as { readonly entries?: object } | null)?.entries ?? {});
}
