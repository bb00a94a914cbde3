import { refuseUnless } from "./refusal.ts";

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** Refuses anything that is not one exact version: empty, a range, a tag, a leading `v`. */
export function exactVersion(flag: string, value: string | undefined): string {
  refuseUnless(
    value !== undefined && value.trim() !== "",
    `${flag} is empty: name one exact version, as in ${flag} 1.2.3`,
  );
  refuseUnless(VERSION.test(value), `${flag} ${value} is not one exact version: write it as 1.2.3 or 1.2.3-beta.1`);
  return value;
}

/** Reads the one exact version of `@openai/codex` that the text of a deno.json pins. */
export function runtimePin(denoJson: string): string {
  const pins = [...denoJson.matchAll(/"npm:\/?@openai\/codex(?:@([^"/]*))?(?:\/[^"]*)?"/g)].map(([, version]) =>
    version
  );
  refuseUnless(
    pins.length > 0,
    `deno.json has no pin of the runtime: add "@openai/codex": "npm:@openai/codex@VERSION" to its imports`,
  );
  refuseUnless(pins.length === 1, `deno.json pins the runtime ${pins.length} times (${pins.join(", ")}): keep one`);
  return exactVersion("the runtime's pin in deno.json", pins[0]);
}
