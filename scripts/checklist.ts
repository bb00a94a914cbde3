// deno-lint-ignore-file no-console -- a command line tool
/**
 * Prints the numbers of promised behaviours that no test carries in its name (`[T12] ...`) and that
 * tests/not_applicable.md does not explain either.
 *
 * @module
 */
import process from "node:process";
import { missingNumbers } from "./lib/promises.ts";

const missing = missingNumbers();
for (const number of missing) console.log(number);
console.log(missing.length === 0 ? "every promise has its test" : `${missing.length} promises have no test`);
process.exit(missing.length === 0 ? 0 : 1);
