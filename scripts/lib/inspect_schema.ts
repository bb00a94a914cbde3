import { markExperimental } from "../gen/experimental.ts";
import { readProtocol } from "../gen/generate.ts";
import {
  compare,
  type Definition,
  type Field,
  type Method,
  type Protocol,
  references,
  type Shape,
} from "../gen/model.ts";
import type { RuntimeSchema } from "../gen/runtime_schema.ts";
import type { FieldOf, PageSchema, ShapeOf } from "../../src/cli/inspect/page/schema.ts";

/** The protocol as the inspector's page reads it: what can be asked of the server, and what answers its questions. */
export function inspectSchema(schema: RuntimeSchema): PageSchema {
  const protocol = readProtocol(schema.experimental);
  markExperimental(protocol, readProtocol(schema.stable));
  const requests = protocol.requests.map((method) => methodOf(method, method.params));
  const answers = protocol.serverRequests.map((method) => methodOf(method, method.result));
  const wanted = [
    ...protocol.requests.map(({ params }) => params),
    ...protocol.serverRequests.map(({ result }) => result),
  ];
  return {
    version: schema.codexVersion,
    requests: Object.fromEntries(requests),
    answers: Object.fromEntries(answers),
    types: Object.fromEntries(reachable(protocol, wanted.filter((name) => name !== null)).map(typeOf)),
  };
}

function methodOf({ method, docs, experimental }: Method, type: string | null) {
  return [method, {
    ...(type === null ? {} : { type }),
    ...(docs === "" ? {} : { docs }),
    ...(experimental ? { experimental: true as const } : {}),
  }] as const;
}

/** The definitions that these lead to, and those that they lead to. */
function reachable({ definitions }: Protocol, names: readonly string[]): Definition[] {
  const found = new Map<string, Definition>();
  const visit = (name: string) => {
    const definition = definitions.get(name);
    if (definition === undefined || found.has(name)) return;
    found.set(name, definition);
    for (const next of references(definition.shape)) visit(next);
  };
  names.forEach(visit);
  return [...found.values()].sort((a, b) => compare(a.name, b.name));
}

function typeOf({ name, docs, shape }: Definition) {
  return [name, { shape: shapeOf(shape), ...(docs === "" ? {} : { docs }) }] as const;
}

function shapeOf(shape: Shape): ShapeOf {
  switch (shape.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "unknown":
      return shape.kind;
    case "ref":
      return { ref: shape.name };
    case "nullable":
      return { maybe: shapeOf(shape.inner) };
    case "array":
      return { list: shapeOf(shape.item) };
    case "record":
      return { map: shapeOf(shape.value) };
    case "tag":
      return { one: [shape.value] };
    case "literals":
      return { one: shape.values.map(({ value }) => value) };
    case "object":
      return { fields: shape.fields.map(fieldOf) };
    case "tagged":
      return { tag: shape.tag, kinds: Object.fromEntries(shape.variants.map(({ value, name }) => [value, name])) };
    case "keyed":
      return { one: shape.values.map(({ value }) => value), keys: shape.keys.map(fieldOf) };
    case "any_of":
      return { any: shape.options.map(shapeOf) };
  }
}

function fieldOf({ name, shape, required, docs, experimental }: Field): FieldOf {
  return {
    name,
    shape: shapeOf(shape),
    ...(required ? { required } : {}),
    ...(docs === "" ? {} : { docs }),
    ...(experimental ? { experimental } : {}),
  };
}
