import { ProtocolError } from "../errors.ts";

/**
 * The id that an answer tells, without which there is nothing to hand out: with `validation: "off"` nobody has looked.
 *
 * @throws {ProtocolError} If there is none.
 */
export function answeredId(what: "thread" | "turn", answer: unknown): string {
  const id = (answer as Partial<Record<string, { readonly id?: unknown } | null>> | null | undefined)?.[what]?.id;
  if (typeof id === "string") return id;
  throw new ProtocolError(
    `The server has answered without ${what}.id, the id of the ${what}. With validation "tolerant", the default, the ` +
      "error says what else is wrong with its answer",
  );
}
