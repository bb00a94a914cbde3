/**
 * Which definition goes into which domain. Methods that no domain claims stop the generator.
 *
 * @module
 */
import { type Domain, DOMAINS } from "./domains.ts";
import { compare, type Definition, type Method, type Protocol, references } from "./model.ts";

/** The definitions of each domain, sorted; in the order of {@linkcode DOMAINS}. */
export function assignDomains(protocol: Protocol): Map<Domain, Definition[]> {
  const layers = new Map<string, number>();
  const lift = (name: string, layer: number) => {
    if ((layers.get(name) ?? Infinity) <= layer) return;
    layers.set(name, layer);
    for (const needed of references(protocol.definitions.get(name)!.shape)) lift(needed, layer);
  };
  for (const [layer, domain] of DOMAINS.entries()) {
    for (const name of protocol.definitions.keys()) if (domain.pinned?.test(name)) lift(name, layer);
  }
  for (const method of [...protocol.requests, ...protocol.notifications, ...protocol.serverRequests]) {
    const layer = layerOf(method);
    if (method.params !== null) lift(method.params, layer);
    if (method.result !== null) lift(method.result, layer);
  }
  for (const { name } of protocol.definitions.values()) settle(name, protocol, layers);
  const files = new Map<Domain, Definition[]>(DOMAINS.map((domain) => [domain, []]));
  for (const definition of protocol.definitions.values()) {
    files.get(DOMAINS[layers.get(definition.name)!]!)!.push(definition);
  }
  for (const definitions of files.values()) definitions.sort((a, b) => compare(a.name, b.name));
  return files;
}

/** A definition that no method needs lives beside what it is made of. */
function settle(name: string, protocol: Protocol, layers: Map<string, number>): number {
  const known = layers.get(name);
  if (known !== undefined) return known;
  layers.set(name, 0);
  const needed = [...references(protocol.definitions.get(name)!.shape)];
  const layer = Math.max(0, ...needed.map((other) => settle(other, protocol, layers)));
  layers.set(name, layer);
  return layer;
}

function layerOf({ method }: Method): number {
  let best = -1;
  let length = 0;
  for (const [layer, domain] of DOMAINS.entries()) {
    for (const prefix of domain.methods ?? []) {
      if (prefix.length > length && (method === prefix || method.startsWith(`${prefix}/`))) {
        [best, length] = [layer, prefix.length];
      }
    }
  }
  if (best < 0) throw new Error(`${method}: no domain claims this method. Add it to one in scripts/gen/domains.ts`);
  return best;
}
