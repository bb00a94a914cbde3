import type { Runtime } from "./runtimes.ts";

/** What a figure is judged by. */
export interface Verdict {
  /** What the score is, as in "times the floor". */
  readonly label: string;
  readonly score: number;
  /** The most that the score may be; absent if nothing was asked for. */
  readonly limit?: number;
  /** Too unsteady for a change of the code to be seen in it. */
  readonly unsteady?: boolean;
}

/** One line of the table. */
export interface Figure {
  readonly runtime: string;
  readonly who: string;
  /** The median of all rounds. */
  readonly value: number;
  readonly unit: string;
  readonly verdict?: Verdict;
}

/** How a cost grows. */
export interface Curve {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

/** What a row has found. */
export interface RowResult {
  readonly id: string;
  readonly title: string;
  /** What was measured and how, in a few sentences. */
  readonly about: string;
  readonly figures: readonly Figure[];
  readonly curves?: readonly Curve[];
}

/** Everything that a row may use. */
export interface Bench {
  readonly runtimes: readonly Runtime[];
  /** An empty folder of the row's own. */
  readonly folder: string;
  /** The folder of the fetched npm peers. */
  readonly peers: string;
  /** The folder of the Python peer, or `null` if it could not be installed. */
  readonly pythonPeer: string | null;
  /** The real server's binary. */
  readonly binary: string;
  /** How often each contender runs. */
  readonly rounds: number;
}

/** A row of the table. */
export interface Row {
  readonly id: string;
  readonly measure: (bench: Bench) => Promise<RowResult>;
}
