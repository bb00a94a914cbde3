/**
 * The program: this process's arguments, terminal and exit code around {@linkcode main}.
 *
 * @module
 */
import process from "node:process";
import { hostIo } from "./host_io.ts";
import { main } from "./run.ts";

const { io, flushed } = hostIo();
const code = await main(process.argv.slice(2), io);
await flushed();
// Whatever a command left behind keeps nobody waiting.
process.exit(code);
