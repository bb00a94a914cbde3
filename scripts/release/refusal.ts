/** A release that must not be staged: what was attempted, what was found, what to do. No stack is worth showing. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
}

/** Refuses unless the condition holds. */
export function refuseUnless(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Refusal(message);
}
