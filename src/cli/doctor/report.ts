import { visible } from "../../util/visible.ts";
import { VERSION } from "../../version.ts";
import type { CliIo } from "../io.ts";
import { type Paint, paint } from "../paint.ts";
import type { Finding, Status } from "./finding.ts";
import { addressOf, sectionOf } from "./sections.ts";

/** The report as a program reads it. */
export function jsonReport(findings: readonly Finding[], ok: boolean): string {
  const all = findings.map((finding) => {
    const { heading: _, ...plain } = finding;
    const section = sectionOf(finding);
    return section === undefined ? plain : { ...plain, section: addressOf(section) };
  });
  return `${JSON.stringify({ schemaVersion: 1, sdk: VERSION, ok, findings: all }, null, 2)}\n`;
}

/** The same as people read it. */
export function textReport(findings: readonly Finding[], ignored: ReadonlySet<string>, io: CliIo): string {
  const colours = paint(io);
  const width = 18;
  const lines = findings.flatMap((finding) => linesOf(finding, width, colours, ignored.has(finding.id)));
  return `${lines.join("\n")}\n\n${conclusion(findings, ignored, colours)}\n`;
}

const MARKS: Readonly<Record<Status, string>> = {
  ok: "ok",
  note: "note",
  warning: "warn",
  problem: "FAIL",
  skipped: "-",
};

function linesOf(
  finding: Finding,
  width: number,
  colours: Paint,
  ignored: boolean,
): string[] {
  const { id, status, summary, details = [], fix } = finding;
  const colour = {
    ok: colours.green,
    note: colours.cyan,
    warning: colours.yellow,
    problem: colours.red,
    skipped: colours.dim,
  };
  const mark = colour[status](MARKS[status].padEnd(4));
  const indent = " ".repeat(width + 7);
  const section = sectionOf(finding);
  return [
    `${mark} ${colours.bold(id.padEnd(width))}  ${visible(summary)}${ignored ? colours.dim(" (ignored)") : ""}`,
    ...details.flatMap((detail) => detail.trimEnd().split("\n")).map((line) =>
      `${indent}${colours.dim(visible(line))}`
    ),
    ...(fix === undefined ? [] : [`${indent}${colours.cyan("fix")}: ${visible(fix)}`]),
    ...(section === undefined ? [] : [`${indent}${colours.dim(addressOf(section))}`]),
  ];
}

function conclusion(findings: readonly Finding[], ignored: ReadonlySet<string>, { bold, green, red }: Paint): string {
  const count = (status: Status) =>
    findings.filter((finding) => finding.status === status && !ignored.has(finding.id)).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const plural = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (problems === 0 && warnings === 0) return bold(green("All is well."));
  const text = `${plural(problems, "problem")}, ${plural(warnings, "warning")}.`;
  return bold(problems > 0 ? red(text) : text);
}
