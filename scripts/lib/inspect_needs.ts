import { exampleOf, fieldsOf, resolved } from "../../src/cli/inspect/page/form.ts";
import type { FieldOf, PageSchema, ShapeOf } from "../../src/cli/inspect/page/schema.ts";

/**
 * The part of the protocol that the inspector's page looks at: of a request's params everything, for it makes a form of
 * them and shows their documentation; of what these are made of, and of answers, what the smallest value has. The page's
 * own functions tell which types that takes.
 */
export function pageNeeds({ version, requests, answers, types }: PageSchema): PageSchema {
  const whole: PageSchema = { version, requests, answers, types };
  const looked = new Set<string>();
  const watched: PageSchema = {
    ...whole,
    types: new Proxy(types, {
      get: (target, name: string) => {
        looked.add(name);
        return target[name];
      },
    }),
  };
  for (const { type } of [...Object.values(requests), ...Object.values(answers)]) {
    if (type === undefined) continue;
    exampleOf(watched, { ref: type });
    for (const { shape, required } of fieldsOf(watched, type)) {
      if (required === true) exampleOf(watched, shape);
      // A choice, a text or a number has an input of its own; whatever else is JSON, and what it is like is not asked.
      const found = resolved(whole, shape);
      if (typeof found === "string" || "one" in found) resolved(watched, shape);
    }
  }
  const ofForms = new Set(Object.values(requests).map(({ type }) => type));
  return {
    version,
    requests,
    answers: Object.fromEntries(Object.entries(answers).map(([method, { docs: _, ...rest }]) => [method, rest])),
    types: Object.fromEntries(
      Object.entries(types).filter(([name]) => looked.has(name)).map((
        [name, type],
      ) => [name, ofForms.has(name) ? type : { shape: smallest(type.shape) }]),
    ),
  };
}

/** What {@linkcode exampleOf} and the choice of an answer look at. */
function smallest(shape: ShapeOf): ShapeOf {
  if (typeof shape === "string") return shape;
  if ("fields" in shape) return { fields: shape.fields.filter(({ required }) => required === true).map(plain) };
  if ("tag" in shape) return { tag: shape.tag, kinds: Object.fromEntries(Object.entries(shape.kinds).slice(0, 1)) };
  if ("any" in shape) return { any: shape.any.slice(0, 1) };
  if ("one" in shape && shape.keys !== undefined) {
    return { one: shape.one, keys: shape.one.length > 0 ? [] : shape.keys.slice(0, 1).map(plain) };
  }
  return shape;
}

function plain({ name, shape, required }: FieldOf): FieldOf {
  return { name, shape: smallest(shape), ...(required === true ? { required } : {}) };
}
