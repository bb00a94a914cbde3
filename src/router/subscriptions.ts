import { Channel, type ChannelLimits } from "./channel.ts";
import type { Notification } from "./notification.ts";

/** Which notifications a subscription is for; an absent filter is for all. */
export interface SubscriptionFilter {
  readonly threadId?: string;
  readonly method?: string;
}

/** Who wants to see notifications as they come. What nobody wants is not kept. */
export class Subscriptions {
  readonly #limits: ChannelLimits;
  readonly #onWaiting: (waiting: boolean) => void;
  readonly #channels = new Map<Channel, SubscriptionFilter>();

  /**
   * @param limits What may wait in each channel.
   * @param onWaiting Called with `true` when a reader begins to wait and with `false` when it no longer does.
   */
  constructor(limits: ChannelLimits, onWaiting: (waiting: boolean) => void) {
    this.#limits = limits;
    this.#onWaiting = onWaiting;
  }

  /** How many subscriptions are open. */
  get size(): number {
    return this.#channels.size;
  }

  /** Opens a channel; it sees everything that comes from now on, and closes itself when its reader stops. */
  open(filter: SubscriptionFilter): Channel {
    const channel: Channel = new Channel(this.#limits, () => this.#channels.delete(channel), this.#onWaiting);
    this.#channels.set(channel, filter);
    return channel;
  }

  /** The threads that somebody listens to. */
  threadIds(): string[] {
    return [...this.#channels.values()].map(({ threadId }) => threadId).filter((id) => id !== undefined);
  }

  publish(threadId: string | null, event: Notification, bytes: number): void {
    if (this.#channels.size === 0) return;
    for (const [channel, filter] of this.#channels) {
      if (filter.threadId !== undefined && filter.threadId !== threadId) continue;
      if (filter.method !== undefined && filter.method !== event.method) continue;
      channel.push(event, bytes);
    }
  }

  /** The connection was closed on purpose (no error), or is lost. */
  close(error?: unknown): void {
    for (const channel of this.#channels.keys()) {
      if (error === undefined) channel.end();
      else channel.fail(error);
    }
    this.#channels.clear();
  }
}
