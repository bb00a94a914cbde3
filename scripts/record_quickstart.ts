// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs the quickstart and draws what it prints, and when, as the picture of the README.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/project.ts";
import { QUICKSTART_COMMAND, QUICKSTART_PICTURE, recordQuickstart } from "./lib/quickstart_recording.ts";
import { terminalPicture } from "./lib/terminal_picture.ts";

/** Before it, the command is typed. */
const TYPED_MS = 200;

const pieces = (await recordQuickstart()).map(({ at, text }) => ({ at: at + TYPED_MS, text }));
const picture = terminalPicture(
  [{ at: TYPED_MS, text: `$ ${QUICKSTART_COMMAND}\n` }, ...pieces],
  "The quickstart as it runs: a turn of the real server, whose answer is shown as it is written (slowed down)",
);
writeFileSync(join(ROOT, QUICKSTART_PICTURE), picture);
console.log(`${QUICKSTART_PICTURE}: ${pieces.length} pieces, ${picture.length} bytes`);
