import { choicesOf, fieldsOf } from "./form.ts";
import { isObject } from "./row.ts";
import type { PageSchema } from "./schema.ts";

/** The answers that a question itself offers, or that its type has. */
export function offersOf(method: string, params: Record<string, unknown>, schema: PageSchema): readonly unknown[] {
  const { availableDecisions } = params;
  if (Array.isArray(availableDecisions)) return availableDecisions.map((decision) => ({ decision }));
  const field = fieldsOf(schema, schema.answers[method]?.type).find(({ name }) =>
    name === "decision" || name === "action"
  );
  if (field === undefined) return [];
  const choices = choicesOf(schema, field.shape) ?? decisionsOf(schema, field.shape);
  return choices.map((choice) => ({ [field.name]: choice }));
}

function decisionsOf(schema: PageSchema, shape: unknown): readonly string[] {
  if (!isObject(shape)) return [];
  if (typeof shape["ref"] === "string") return decisionsOf(schema, schema.types[shape["ref"]]?.shape);
  return Array.isArray(shape["one"]) ? shape["one"] as string[] : [];
}
