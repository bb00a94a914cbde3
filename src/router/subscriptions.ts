import { RecentMap } from "../util/recent_map.ts";
import { Channel, type ChannelLimits } from "./channel.ts";
import type { Notification } from "./notification.ts";
import type { ServerRequest } from "./server_request.ts";

/** Which notifications a subscription is for; an absent filter is for all. */
export interface SubscriptionFilter {
  readonly threadId?: string;
  readonly method?: string;
  /** Whether it fails with the connection, also if another one takes its place. Default `false`. */
  readonly unbroken?: boolean;
  /** Whether it is for the server's requests as well. Default `false`. */
  readonly requests?: boolean;
}

type Channels = Map<Channel, SubscriptionFilter>;

/** Who wants to see notifications as they come. What nobody wants is not kept. */
export class Subscriptions {
  readonly #limits: ChannelLimits;
  readonly #onWaiting: (waiting: boolean) => void;
  readonly #ofAll: Channels = new Map();
  /** Apart, so that an event of one thread does not cost a look at the listeners of all others. */
  readonly #ofThread = new RecentMap<Channels>();

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
    return [...this.#entries()].length;
  }

  /** Opens a channel; it sees everything that comes from now on, and closes itself when its reader stops. */
  open(filter: SubscriptionFilter): Channel {
    const channel: Channel = new Channel(this.#limits, {
      onReturn: () => this.#remove(channel, filter),
      onWaiting: this.#onWaiting,
    });
    const { threadId } = filter;
    if (threadId === undefined) this.#ofAll.set(channel, filter);
    else this.#ofThread.set(threadId, (this.#ofThread.get(threadId) ?? new Map()).set(channel, filter));
    return channel;
  }

  /** The threads that somebody listens to. */
  threadIds(): string[] {
    return [...this.#ofThread.keys()];
  }

  publish(threadId: string | null, event: Notification, bytes: number): void {
    if (this.#ofAll.size > 0) offer(this.#ofAll, event, bytes);
    if (threadId === null || this.#ofThread.size === 0) return;
    const channels = this.#ofThread.get(threadId);
    if (channels !== undefined) offer(channels, event, bytes);
  }

  /** Shows a request of the server to those who want to see them. */
  publishRequest(request: ServerRequest, bytes: number): void {
    for (const [channel, { requests }] of this.#ofAll) {
      // A channel hands on what it is given; its reader knows that these are among it.
      if (requests === true) channel.push(request as unknown as Notification, bytes);
    }
  }

  /** The connection is lost, and another one may take its place: fails what cannot go on over that. */
  lose(error: unknown): void {
    for (const [channel, filter] of this.#entries()) {
      if (filter.unbroken !== true) continue;
      this.#remove(channel, filter);
      channel.fail(error);
    }
  }

  /** The connection was closed on purpose (no error), or is lost for good. */
  close(error?: unknown): void {
    for (const [channel] of this.#entries()) {
      if (error === undefined) channel.end();
      else channel.fail(error);
    }
    this.#ofAll.clear();
    this.#ofThread.clear();
  }

  *#entries(): Generator<[Channel, SubscriptionFilter]> {
    yield* this.#ofAll;
    for (const channels of this.#ofThread.values()) yield* channels;
  }

  #remove(channel: Channel, { threadId }: SubscriptionFilter): void {
    if (threadId === undefined) return void this.#ofAll.delete(channel);
    const channels = this.#ofThread.get(threadId);
    channels?.delete(channel);
    if (channels?.size === 0) this.#ofThread.delete(threadId);
  }
}

function offer(channels: Channels, event: Notification, bytes: number): void {
  for (const [channel, { method }] of channels) {
    if (method === undefined || method === event.method) channel.push(event, bytes);
  }
}
