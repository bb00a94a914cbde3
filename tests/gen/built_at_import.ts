// deno-lint-ignore-file no-console -- its output is what the test reads
/** A program of its own: says what has been built of the schemas when the protocol has been imported, and then used. */
import * as protocol from "../../gen/mod.ts";

/** Where the schema kinds keep what they build. */
const KEPT = ["built", "plan", "table", "known"];

function built(): string[] {
  const schemas = Object.entries(protocol).filter(([name]) => name.endsWith("Schema"));
  return schemas.filter(([, schema]) =>
    KEPT.some((key) => (schema as unknown as Record<string, unknown>)[key] !== undefined)
  )
    .map(([name]) => name);
}

const before = built();
protocol.check(protocol.TurnSchema, { id: "turn-1", items: [{}], status: "completed" });
console.log(JSON.stringify({ before, after: built() }));
