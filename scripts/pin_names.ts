// deno-lint-ignore-file no-console -- a command line tool
/**
 * Writes the public names down. A test compares: whoever changes the surface runs this on purpose.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/project.ts";
import { PIN_FILE, publicNames } from "./lib/public_names.ts";

writeFileSync(join(ROOT, PIN_FILE), await publicNames());
console.log(`${PIN_FILE} is up to date`);
