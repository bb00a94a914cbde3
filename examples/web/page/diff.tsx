import type { ReactNode } from "react";
import { Visible } from "./terminal.tsx";

/** One changed file, as the protocol tells it. */
export interface Change {
  readonly path: string;
  readonly kind: { readonly type: string; readonly move_path?: string | null };
  readonly diff: string;
}

const WORDS: Readonly<Record<string, string>> = { add: "new", delete: "deleted", update: "changed" };

/** The changes of a patch, file by file, with what is gone and what has come. */
export function Diff({ changes, folder }: { readonly changes: readonly Change[]; readonly folder: string }): ReactNode {
  return changes.map((change, index) => {
    const lines = linesOf(change);
    const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
    const path = within(change.path, folder);
    return (
      <figure className="diff" key={index}>
        <figcaption>
          <span className="path" dir="ltr">
            <Visible text={path} />
          </span>
          {change.kind.move_path && (
            <span className="path" dir="ltr">
              → <Visible text={within(change.kind.move_path, folder)} />
            </span>
          )}
          <span className="word">{WORDS[change.kind.type] ?? change.kind.type}</span>
          <span className="counts" aria-label={`${count("+")} lines added, ${count("-")} removed`}>
            <span className="added">+{count("+")}</span> <span className="removed">−{count("-")}</span>
          </span>
        </figcaption>
        <pre tabIndex={0} role="region" aria-label={`Changes in ${path}`} dir="ltr">
          {lines.map(({ sign, text, number }, at) => (
            <div key={at} className={CLASSES[sign]}>
              <span className="number" aria-hidden="true">{number}</span>
              <span className="sign">{sign === "-" ? "−" : sign === "@" ? "" : sign}</span>
              <span className="text">{sign === "@" ? "⋯" : <Visible text={text} />}</span>
            </div>
          ))}
        </pre>
      </figure>
    );
  });
}

type Sign = "+" | "-" | " " | "@";

const CLASSES: Readonly<Record<Sign, string>> = { "+": "added", "-": "removed", " ": "same", "@": "gap" };

interface Line {
  readonly sign: Sign;
  readonly text: string;
  readonly number: number | "";
}

/** Of a new or a deleted file the server tells the content itself, of a changed one a unified diff. */
function linesOf({ kind, diff }: Change): Line[] {
  const rows = diff.replace(/\n$/, "").split("\n");
  if (kind.type === "add" || kind.type === "delete") {
    const sign = kind.type === "add" ? "+" : "-";
    return rows.map((text, index) => ({ sign, text, number: index + 1 }));
  }
  let [before, after] = [1, 1];
  return rows.flatMap((row): Line[] => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(row);
    if (hunk !== null) {
      [before, after] = [Number(hunk[1]), Number(hunk[2])];
      return before > 1 || after > 1 ? [{ sign: "@", text: "", number: "" }] : [];
    }
    const text = row.slice(1);
    if (row[0] === "+") return [{ sign: "+", text, number: after++ }];
    if (row[0] === "-") return [{ sign: "-", text, number: before++ }];
    if (row[0] === "\\" || /^(---|\+\+\+) /.test(row)) return [];
    before++;
    return [{ sign: " ", text, number: after++ }];
  });
}

/** A path as one says it in the folder. */
export function within(path: string, folder: string): string {
  const start = folder.endsWith("/") ? folder : `${folder}/`;
  return folder !== "" && path.startsWith(start) ? path.slice(start.length) : path;
}
