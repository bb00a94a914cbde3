// deno-lint-ignore-file no-console -- a program whose output is read by the tests
/**
 * A program that uses a server, for tests of what becomes of the one when the other ends. Its first argument says how
 * it uses it; the others are the server's command line.
 *
 * @module
 */
import process from "node:process";
import { openStdio } from "../../src/transport/stdio.ts";

const [mode = "", ...launchArgsOverride] = process.argv.slice(2);
const transport = await openStdio({ launchArgsOverride });
const writer = transport.writable.getWriter();
const reader = transport.readable.getReader();

async function printOne(): Promise<void> {
  const { value } = await reader.read();
  console.log(new TextDecoder().decode(value as Uint8Array).trim());
}

switch (mode) {
  case "held":
    // Never let go of: the server keeps the program alive.
    printOne().then(() => console.log("main over"));
    break;
  case "idle": {
    transport.unref?.();
    transport.unref?.();
    printOne();
    console.log("main over");
    break;
  }
  case "busy": {
    // Between the turns the program may end, within one it may not.
    transport.unref?.();
    transport.ref?.();
    transport.ref?.();
    writer.write("go");
    printOne().then(() => {
      transport.unref?.();
      printOne();
    });
    console.log("main over");
    break;
  }
  case "closes": {
    transport.unref?.();
    transport.close().then(() => console.log("closed"));
    break;
  }
  default:
    throw new Error(`unknown mode ${mode}`);
}
