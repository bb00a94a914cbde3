/**
 * Doc comments: the schema's own words, cleaned of what made sense only where they stood.
 *
 * @module
 */

const WIDTH = 120;

/** Headings of sections in the runtime's source, which end up in the description of whatever follows them. */
const HEADINGS = /^(NEW APIs|NEW NOTIFICATIONS|DEPRECATED APIs below)\s*/;

/** A description as it is to be shown. */
export function cleanDocs(description: string | undefined): string {
  const text = (description ?? "").replace(HEADINGS, "").trim().replaceAll("*/", "*\\/");
  return text.replace(/^(?:Deprecated|\[DEPRECATED\])[:.]?\s+/i, "@deprecated ");
}

/** A `/** … *\/` block at the given indent, ending in a newline; empty for no text. */
export function docBlock(text: string, indent = ""): string {
  if (text === "") return "";
  const single = `${indent}/** ${text} */`;
  if (!text.includes("\n") && single.length <= WIDTH) return `${single}\n`;
  const lines = text.split("\n").flatMap((line) => wrap(line.trimEnd(), WIDTH - indent.length - 3));
  return `${indent}/**\n${
    lines.map((line) => `${indent} *${line === "" ? "" : ` ${line}`}`).join("\n")
  }\n${indent} */\n`;
}

/** Joins paragraphs and tags, leaving out the empty ones. A tag needs no blank line before another tag. */
export function joinDocs(...parts: readonly string[]): string {
  let text = "";
  for (const part of parts) {
    if (part === "") continue;
    text += text === "" ? part : `\n\n${part}`;
  }
  return text;
}

function wrap(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const indent = /^\s*(?:[-*] |\d+\. )?/.exec(line)![0].length;
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = " ".repeat(indent) + word;
    } else current = current === "" && lines.length === 0 ? word : current + " " + word;
  }
  return [...lines, current];
}
