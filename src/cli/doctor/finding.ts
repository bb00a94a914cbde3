/**
 * What the doctor finds.
 *
 * @module
 */

/**
 * How bad it is: `problem` keeps something from working, `warning` will in some cases, `note` is worth knowing, `skipped`
 * was not looked at (the summary says why).
 */
export type Status = "ok" | "note" | "warning" | "problem" | "skipped";

/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in one or two words with a dot: the same from version to version. */
  readonly id: string;
  readonly status: Status;
  /** What is so. */
  readonly summary: string;
  /** What it was seen by, line by line. */
  readonly details?: readonly string[];
  /** What to do. Every problem and every warning has it. */
  readonly fix?: string;
  /** The heading in docs/troubleshooting.md that it belongs to, where that is not the one of its id. */
  readonly heading?: string;
}

/** The worst of the findings decides; those that were to be ignored do not count. */
export function hasProblem(findings: readonly Finding[], ignored: ReadonlySet<string>): boolean {
  return findings.some(({ id, status }) => status === "problem" && !ignored.has(id));
}
