import { redact } from "../../../transport/redact.ts";
import { type Conceal, concealing } from "../../../util/conceal.ts";
import type { Direction } from "../wire.ts";

/** Takes the secrets out of the lines of one connection, as recordings do; or leaves all as it is. */
export type Redactor = (direction: Direction, line: string) => string;

/** The one request that brings a key to the server. */
const KEY_LOGIN = /"method":\s*"account\/login\/start".*"apiKey":\s*("(?:[^"\\]|\\.)*")/;

/** @param showSecrets Whether everything stays as it is. */
export function redactor(showSecrets: boolean): Redactor {
  if (showSecrets) return (_, line) => line;
  let conceal: Conceal = (text) => text;
  return (direction, line) => {
    const key = direction === "out" ? KEY_LOGIN.exec(line)?.[1] : undefined;
    if (key !== undefined) conceal = concealing(secretOf(key));
    return conceal(redact(line));
  };
}

function secretOf(json: string): string | undefined {
  try {
    return String(JSON.parse(json));
  } catch {
    return undefined; // no JSON after all: `redact` knows the key by its name
  }
}
