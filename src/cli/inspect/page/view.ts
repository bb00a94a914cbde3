import type { Filter } from "./filter.ts";
import type { Row } from "./row.ts";
import type { Store } from "./store.ts";

/** What the panels have of the page as a whole. */
export interface View {
  /** The session. */
  readonly live: Store;
  /** The session, and the recordings that were opened. */
  readonly stores: readonly Store[];
  /** What is shown. */
  readonly store: Store;
  readonly filter: Filter;
  /** Up to when lines are shown. */
  readonly until: number;
  /** The thread that was heard of last. */
  latestThread(): string | null;
  /** Brings a line into the list. */
  select(row: Row): void;
}
