/**
 * Where the runtime's schema is wrong about its own messages. Reviewed by hand, against real traffic or against the
 * types that the runtime writes for TypeScript; `docs/protocol.md` tells users. A correction that changes nothing stops
 * the generator: the runtime has been repaired, and the line can go.
 *
 * @module
 */
import type { JsonSchema } from "./json_schema.ts";

/** What is wrong with one definition. */
export interface Correction {
  /** Properties by the name in the schema, and the name on the wire. */
  readonly rename?: Readonly<Record<string, string>>;
  /** The definition of what further keys hold; `null` if that differs by key. */
  readonly furtherKeys?: string | null;
}

/** Every correction, by definition. */
export const CORRECTIONS: Readonly<Record<string, Correction>> = {
  AccountSessionsSwitchResponse: { rename: { auth_url: "authUrl", login_id: "loginId" } },
  AppLinksConfig: { furtherKeys: "AppLinkConfig" },
  AppToolsConfig: { furtherKeys: "AppToolConfig" },
  AppsConfig: { furtherKeys: null },
  ThreadRealtimeItem: { rename: { item_id: "itemId", turn_id: "turnId" } },
  ThreadTimelineEntry: {
    rename: { completed_at: "completedAt", duration_ms: "durationMs", started_at: "startedAt", turn_id: "turnId" },
  },
};

/**
 * The definitions with all corrections made.
 *
 * @param pinned Whether they are those of the pinned runtime: of an older one, not every correction has an effect.
 */
export function correct(definitions: ReadonlyMap<string, JsonSchema>, pinned: boolean = true): Map<string, JsonSchema> {
  const corrected = new Map(definitions);
  for (const [name, { rename, furtherKeys }] of Object.entries(CORRECTIONS)) {
    const schema = definitions.get(name);
    if (schema === undefined) continue; // The stable schema need not have it.
    let text = JSON.stringify(schema);
    for (const [from, to] of Object.entries(rename ?? {})) {
      if (pinned) expectEffect(name, text.includes(`"${from}"`));
      text = text.replaceAll(`"${from}"`, `"${to}"`);
    }
    const result: JsonSchema = JSON.parse(text);
    if (pinned && furtherKeys !== undefined) expectEffect(name, schema.additionalProperties === undefined);
    const keys = furtherKeys === null || { $ref: `#/definitions/${furtherKeys}` };
    corrected.set(name, furtherKeys === undefined ? result : { ...result, additionalProperties: keys });
  }
  return corrected;
}

function expectEffect(name: string, holds: boolean): void {
  if (holds) return;
  throw new Error(`${name}: the schema has changed where scripts/gen/corrections.ts corrects it. Review that line.`);
}
