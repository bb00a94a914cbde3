import { visible } from "../../util/visible.ts";
import type { Paint } from "../paint.ts";
import { counts, type Entry, outline, type Report } from "./outline.ts";

/** The report for a program: every change, those too that people are spared. */
export function json({ older, newer, changes, touches }: Report): string {
  const version = ({ name, knowsExperimental }: Report["older"]) => ({ name, knowsExperimental });
  const report = { schemaVersion: 1, older: version(older), newer: version(newer), changes, touches };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** The report for a terminal. */
export function text(report: Report, { bold, dim, cyan }: Paint): string {
  const chapters = outline(report).map(({ title, entries }) => {
    const lines = entries.map(({ what, name, note }) =>
      `  ${dim(what.padEnd(14))} ${cyan(visible(name))}${note === "" ? "" : `  ${visible(note)}`}`
    );
    return `\n${bold(`${title} (${entries.length})`)}\n${lines.join("\n")}\n`;
  });
  return `${bold(headline(report))}\n${remarks(report).map((line) => `${line}\n`).join("")}${chapters.join("")}`;
}

/** The report for a pull request. */
export function markdown(report: Report): string {
  const chapters = outline(report).map(({ title, entries }) =>
    `\n## ${title} (${entries.length})\n\n${entries.map(bullet).join("\n")}\n`
  );
  return `# ${headline(report)}\n\n${remarks(report).join("\n\n")}\n${chapters.join("")}`;
}

function bullet({ what, name, note }: Entry): string {
  return `- ${what} ${code(name)}${note === "" ? "" : `: ${plain(note)}`}`;
}

function headline({ older, newer }: Report): string {
  return `The protocol of codex, from ${visible(older.name)} to ${visible(newer.name)}`;
}

function remarks({ older, newer, changes, touches }: Report): string[] {
  const unknown = [older, newer].filter(({ knowsExperimental }) => !knowsExperimental).map(({ name }) => name);
  return [
    `${counts(changes)}.`.replace(/^./, (first) => first.toUpperCase()),
    ...(unknown.length === 0 ? [] : [`What of ${visible(unknown.join(" and "))} is experimental is not known.`]),
    ...(touches !== null && touches.length === 0 && changes.length > 0 ? ["No file mentions what has changed."] : []),
  ];
}

/** As code, whatever is in it: longer fences than any within. */
function code(name: string): string {
  const longest = Math.max(0, ...[...name.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${name}${fence}` : `${fence} ${name} ${fence}`;
}

/** Descriptions come from elsewhere: nothing of them is a heading, a link, a mention or a tag. */
function plain(note: string): string {
  return visible(note).replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>#|@]/g, "\\$&");
}
