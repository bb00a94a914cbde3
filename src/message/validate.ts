import type { AnySchema, CheckIssue } from "../../gen/mod.ts";
import { protocol } from "./protocol.ts";

/** `tolerant` keeps what is unknown; `strict` takes it for an error; `off` looks at nothing. */
export type ValidationMode = "tolerant" | "strict" | "off";

/** What is wrong with a value: in `strict` mode every difference, in `tolerant` only what its type does not allow. */
export function validate(schema: AnySchema, value: unknown, mode: ValidationMode): readonly CheckIssue[] {
  if (mode === "off") return [];
  const { check } = protocol();
  if (mode === "strict") return check(schema, value, { unknownKeys: true }).issues;
  const { typed, issues } = check(schema, value);
  return typed ? [] : issues.filter((issue) => issue.drift === null);
}
