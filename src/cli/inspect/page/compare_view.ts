import { visible } from "../../../util/visible.ts";
import { align, type Aligned } from "./align.ts";
import { button, h } from "./dom.ts";
import type { Row } from "./row.ts";

/** One of the two that are compared. */
export interface Side {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Neighbours that are alike are drawn as one line. */
const SHOWN = 400;

/** Two recordings beside each other. `show` brings a line into the list. */
export function compareView(left: Side, right: Side, show: (row: Row) => void): HTMLElement {
  const pairs = align(left.rows, right.rows);
  const differ = pairs.filter(isDifferent);
  const root = h(
    "div",
    { class: "compare" },
    h("p", {}, `${pairs.length - differ.length} lines are alike but for ids and times, ${differ.length} are not.`),
  );
  const table = h("div", { class: "pairs" }, h("b", {}, visible(left.title)), h("b", {}, visible(right.title)));
  root.append(table);
  let drawn = 0;
  let same = 0;
  const flush = () => {
    if (same > 0) table.append(h("div", { class: "same" }, `${same} alike`));
    same = 0;
  };
  for (const pair of pairs) {
    if (!isDifferent(pair)) {
      same++;
      continue;
    }
    if (++drawn > SHOWN) continue;
    flush();
    table.append(cell(pair.left, "gone", show), cell(pair.right, "new", show));
    if (pair.differences.length > 0) {
      const places = pair.differences.slice(0, 8).map((path) => h("code", {}, visible(path)));
      const more = pair.differences.length > 8 ? `and ${pair.differences.length - 8} more` : null;
      table.append(h("div", { class: "places" }, ...places, more));
    }
  }
  flush();
  if (drawn > SHOWN) table.append(h("div", { class: "same" }, `${drawn - SHOWN} more that differ`));
  return root;
}

function isDifferent({ left, right, differences }: Aligned): boolean {
  return left === null || right === null || differences.length > 0;
}

function cell(row: Row | null, only: string, show: (row: Row) => void): HTMLElement {
  if (row === null) return h("span", { class: "none" }, "—");
  return button(`${row.kind} ${visible(row.method)} ${visible(row.summary)}`, () => show(row), { class: only });
}
