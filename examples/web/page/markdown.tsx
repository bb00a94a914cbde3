import { Fragment, type ReactNode } from "react";

/**
 * The Markdown that models write, as elements: React escapes every text, and nothing here ever sets HTML. Links lead to
 * the web or nowhere; images are not loaded, for their address would tell where it was read. Each expression reads a text
 * once, and quotes stand in quotes so deep and no deeper: what is written to stop the page does not.
 */
export function Markdown({ text }: { readonly text: string }): ReactNode {
  return <>{blocksOf(text).map((block, index) => <Fragment key={index}>{block}</Fragment>)}</>;
}

const FENCE = /^\s*(```+|~~~+)\s*([\w+#.-]*)$/;
const HEADING = /^(#{1,6})\s+(.*)$/s;
const BULLET = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/s;
const QUOTES_MAX = 8;

function blocksOf(text: string, depth = 0): ReactNode[] {
  const lines = text.split("\n");
  const blocks: ReactNode[] = [];
  while (lines.length > 0) {
    const line = lines[0]!;
    const fence = fenceOf(line);
    if (line.trim() === "") lines.shift();
    else if (fence !== null) {
      lines.shift();
      const end = lines.findIndex((each) => each.trim().startsWith(fence[1]!));
      const code = lines.splice(0, end < 0 ? lines.length : end);
      lines.shift();
      blocks.push(
        <pre className="code" tabIndex={0} data-language={fence[2] || undefined}><code>{code.join("\n")}</code></pre>,
      );
    } else if (HEADING.test(line)) {
      blocks.push(<h3>{inline(HEADING.exec(lines.shift()!)![2]!)}</h3>);
    } else if (isTable(lines)) blocks.push(table(take(lines, (each) => each.includes("|"))));
    else if (BULLET.test(line)) blocks.push(list(lines));
    else if (line.startsWith(">") && depth < QUOTES_MAX) {
      blocks.push(
        <blockquote>
          {blocksOf(
            take(lines, (each) => each.startsWith(">")).map((each) => each.replace(/^>\s?/, "")).join("\n"),
            depth + 1,
          )}
        </blockquote>,
      );
    } else blocks.push(<p>{inline(take(lines, isPlain).join("\n"))}</p>);
  }
  return blocks;
}

function fenceOf(line: string): RegExpExecArray | null {
  return FENCE.exec(line.trimEnd());
}

function isTable([head = "", rule = ""]: readonly string[]): boolean {
  return head.includes("|") && rule.includes("|") && rule.includes("-") && /^[\s|:-]+$/.test(rule);
}

function table([head = "", , ...rows]: readonly string[]): ReactNode {
  const cells = (row: string) => row.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim()));
  return (
    <table>
      <thead>
        <tr>{cells(head).map((cell, index) => <th key={index}>{cell}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((row, at) => <tr key={at}>{cells(row).map((cell, index) => <td key={index}>{cell}</td>)}</tr>)}
      </tbody>
    </table>
  );
}

function list(lines: string[]): ReactNode {
  const ordered = BULLET.exec(lines[0]!)![1] !== undefined;
  const items: string[] = [];
  while (lines.length > 0 && (BULLET.test(lines[0]!) || /^\s+\S/.test(lines[0]!))) {
    const line = lines.shift()!;
    const bullet = BULLET.exec(line);
    if (bullet !== null) items.push(bullet[2]!);
    else items[items.length - 1] += `\n${line.trim()}`;
  }
  const entries = items.map((item, index) => <li key={index}>{inline(item)}</li>);
  return ordered ? <ol>{entries}</ol> : <ul>{entries}</ul>;
}

function isPlain(line: string): boolean {
  return line.trim() !== "" && fenceOf(line) === null && !HEADING.test(line) && !BULLET.test(line) &&
    !line.startsWith(">");
}

/** The first lines of those that are such; at least one. */
function take(lines: string[], such: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index > 0 && !such(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

const INLINE =
  /(`{1,9})([^`]+)\1|\*\*([^*]+)\*\*|(?<!\w)[*_]([^*_\n]+)[*_](?!\w)|!?\[([^[\]]*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)?)\)/g;

function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, , code, strong, emphasis, label, target] = found;
    parts.push(text.slice(end, found.index));
    end = found.index + whole.length;
    const key = parts.length;
    if (code !== undefined) parts.push(<code key={key}>{code}</code>);
    else if (strong !== undefined) parts.push(<strong key={key}>{inline(strong)}</strong>);
    else if (emphasis !== undefined) parts.push(<em key={key}>{inline(emphasis)}</em>);
    else if (isWeb(target!)) {
      parts.push(<a key={key} href={target} target="_blank" rel="noopener noreferrer">{label || target}</a>);
    } else parts.push(whole);
  }
  parts.push(text.slice(end));
  return parts;
}

function isWeb(target: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(target);
}
