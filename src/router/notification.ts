import type { Notification as WireNotification } from "../../gen/mod.ts";

/**
 * Stands in a stream where the connection was lost and opened again: what the server sent meanwhile may be missing. The
 * only event that does not come from the server, and only with the option `reconnect`.
 */
export interface ConnectionGap {
  /** Which event it is. */
  readonly method: "connection/gap";
  /** Where the gap is. */
  readonly params: {
    /** The thread; it is resumed behind this. */
    readonly threadId: string;
    /** The turn that goes on, in a turn's stream; `null` in a thread's. */
    readonly turnId: string | null;
  };
  /** Absent: no server has sent it. */
  readonly emittedAtMs?: number;
}

/** What streams yield: the protocol's own notifications, as they came; `method` tells them apart. */
export type Notification = WireNotification | ConnectionGap;
