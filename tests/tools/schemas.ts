import { toStandardJsonSchema } from "@valibot/to-json-schema";
import type { StandardSchema } from "@codex-app-server/sdk/tools";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

/** What every one of the schemas below describes. */
export interface City {
  city: string;
  days: number;
}

const valibot = v.object({ city: v.pipe(v.string(), v.minLength(1)), days: v.pipe(v.number(), v.integer()) });

/** The same schema by each library that must work. */
export const LIBRARIES: Readonly<Record<string, StandardSchema<City>>> = {
  zod: z.object({ city: z.string().min(1), days: z.number().int() }),
  arktype: type({ city: "string > 0", days: "number.integer" }),
  valibot,
  "valibot, wrapped": toStandardJsonSchema(valibot),
};
