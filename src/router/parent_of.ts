/** The parent that a thread's record names: `null` if it is no sub-agent, `undefined` if it does not say of whom. */
export function parentOf(record: unknown): string | null | undefined {
  const { parentThreadId, source } = fields(record);
  const { subAgent } = fields(source);
  const parent = text(parentThreadId) ?? text(fields(fields(subAgent)["thread_spawn"])["parent_thread_id"]);
  return parent ?? (subAgent === undefined ? null : undefined);
}

/** What is there to look at: of what is no object, nothing. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
