import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CliIo } from "../io.ts";
import { paint } from "../paint.ts";
import { progress } from "../progress.ts";
import { readArgs } from "../read_args.ts";
import { UsageError } from "../usage_error.ts";
import { compareViews } from "./compare.ts";
import * as render from "./render.ts";
import type { Report } from "./outline.ts";
import { readSource } from "./source.ts";
import { touchesOf } from "./touches.ts";

const HELP = `Usage: diff OLD [NEW] [OPTIONS]

Says what changed between two versions of the protocol: methods, fields and values that are new, gone, changed, no longer
experimental, or documented differently; what of it breaks programs; and which files it touches.

OLD and NEW are each a version (0.147.0), "latest", "pinned" (the one that this SDK speaks, and what NEW is by default),
the path of a codex binary, or a folder that \`codex app-server generate-json-schema\` wrote. A version that is not on
this machine is fetched by npm, once: 100 to 150 MB, of which the schemas are kept.

Options:
      --touches PATH  also say which files below PATH mention what has changed; may be repeated
      --exit-code     exit with 1 if there are differences
      --markdown      for a pull request
      --json          for programs: every difference
  -h, --help          this text

Exit code: 0 if it was told, 1 if it could not be, 2 if the command line was wrong.
`;

const OPTIONS = {
  touches: { type: "string", multiple: true },
  "exit-code": { type: "boolean" },
  markdown: { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** Says what changed between two versions of the protocol. */
export async function diff(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals: [older, newer = "pinned"] } = readArgs(args, OPTIONS, 2);
  if (values["help"] === true) {
    await io.write(HELP);
    return 0;
  }
  if (older === undefined) throw new UsageError("diff wants two versions: diff OLD [NEW].");
  if (values["json"] === true && values["markdown"] === true) throw new UsageError("--json or --markdown, not both.");
  for (const path of (values["touches"] ?? []) as string[]) {
    if (!existsSync(resolve(io.cwd, path))) throw new UsageError(`--touches ${path}: there is no such file or folder.`);
  }
  const report = await compare(older, newer, values["touches"] as string[] | undefined, io);
  await io.write(
    values["json"] === true
      ? render.json(report)
      : values["markdown"] === true
      ? render.markdown(report)
      : render.text(report, paint(io)),
  );
  return values["exit-code"] === true && report.changes.length > 0 ? 1 : 0;
}

async function compare(
  older: string,
  newer: string,
  folders: readonly string[] | undefined,
  io: CliIo,
): Promise<Report> {
  const line = progress(io);
  try {
    line.show(`${older}: reading ...`);
    const before = await readSource(older, io, line);
    line.show(`${newer}: reading ...`);
    const after = await readSource(newer, io, line);
    const changes = compareViews(before, after);
    const paths = folders?.map((folder) => resolve(io.cwd, folder));
    const touches = paths === undefined ? null : await touchesOf(changes, paths, io.cwd);
    return { older: before, newer: after, changes, touches };
  } finally {
    await line.clear();
  }
}
