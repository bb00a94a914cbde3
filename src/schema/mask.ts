/**
 * What can be accepted by `typeof` alone, without running a schema. Nearly every property of the protocol can.
 *
 * @module
 */
import type { AnySchema } from "./schema.ts";

const STRING = 1;
const NUMBER = 2;
const BOOLEAN = 4;
const NULL = 8;
const OBJECT = 16;
const ABSENT = 32;
const ANY = STRING | NUMBER | BOOLEAN | NULL | OBJECT;

/** Whether a value of this type is right, whatever its content. `false` says nothing: run the schema. */
export function passes(value: unknown, mask: number): boolean {
  switch (typeof value) {
    case "string":
      return (mask & STRING) !== 0;
    case "number":
      return (mask & NUMBER) !== 0 && value === value;
    case "boolean":
      return (mask & BOOLEAN) !== 0;
    case "object":
      return (mask & (value === null ? NULL : OBJECT)) !== 0;
    case "undefined":
      return (mask & ABSENT) !== 0;
    default:
      return false;
  }
}

/** The types that `schema` accepts whatever their content. */
export function maskOf(schema: AnySchema): number {
  if ("pipe" in schema) return 0;
  switch (schema.type) {
    case "string":
      return STRING;
    case "number":
      return NUMBER;
    case "boolean":
      return BOOLEAN;
    case "unknown":
      return ANY;
    case "nullable":
      return NULL | maskOf((schema as AnySchema & { readonly wrapped: AnySchema }).wrapped);
    case "later":
      return maskOf((schema as AnySchema & { readonly wrapped: AnySchema }).wrapped);
    case "optional":
      return ABSENT | maskOf((schema as AnySchema & { readonly wrapped: AnySchema }).wrapped);
    default:
      return 0;
  }
}
