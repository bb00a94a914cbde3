/**
 * Where each definition is used, in words: the doc comment of those that the schema says nothing about.
 *
 * @module
 */
import { compare, type Protocol, references } from "./model.ts";

/** The most other types that a doc comment names. */
const SHOWN = 3;

/** See {@linkcode usesOf}. */
export interface Uses {
  /** One sentence on the definition `name`. */
  describe(name: string): string;
}

/** Looks up how definitions are used. */
export function usesOf(protocol: Protocol): Uses {
  const sentences = new Map<string, string>();
  const say = (name: string | null, sentence: string) => {
    if (name !== null && !sentences.has(name)) sentences.set(name, sentence);
  };
  for (const { method, params, result } of protocol.requests) {
    say(params, `What the request \`${method}\` takes.`);
    say(result, `The answer to the request \`${method}\`.`);
  }
  for (const { method, params } of protocol.notifications) say(params, `What the notification \`${method}\` carries.`);
  for (const { method, params, result } of protocol.serverRequests) {
    say(params, `What the server's request \`${method}\` carries.`);
    say(result, `What a client answers to the server's request \`${method}\`.`);
  }
  const users = new Map<string, string[]>();
  for (const { name, shape } of protocol.definitions.values()) {
    if (shape.kind === "tagged") {
      for (const variant of shape.variants) {
        say(variant.name, `{@linkcode ${name}} with \`${shape.tag}: "${variant.value}"\`.`);
      }
    }
    for (const needed of new Set(references(shape))) users.set(needed, [...users.get(needed) ?? [], name]);
  }
  return {
    describe(name) {
      const others = (users.get(name) ?? []).filter((user) => user !== name).sort(compare);
      const shown = others.slice(0, SHOWN).map((user) => `{@linkcode ${user}}`).join(", ");
      const more = others.length > SHOWN ? " and others" : "";
      return sentences.get(name) ?? (shown === "" ? `\`${name}\` of the protocol.` : `Part of ${shown}${more}.`);
    },
  };
}
