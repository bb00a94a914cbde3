import { isDenied } from "../../runtime/permission.ts";

/** Takes a value for what the system does not show. What Deno does not permit stays an error: it says nothing of the system. */
export function otherwise<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (isDenied(error)) throw error;
    return value;
  };
}
