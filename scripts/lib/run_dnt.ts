/**
 * Runs dnt, from the module that the first argument names, with the options that stdin gives as JSON.
 *
 * @module
 */
import process from "node:process";
import { text } from "node:stream/consumers";

const [, , dnt = ""] = process.argv;
const { build } = await import(dnt);
await build(JSON.parse(await text(process.stdin)));
