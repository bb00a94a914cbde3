import type { Turn } from "../../gen/mod.ts";
import { Channel } from "../router/channel.ts";
import type { Connector } from "./connector.ts";
import { Interrupts } from "./interrupts.ts";
import { TurnWatch } from "./turn_watch.ts";

/** How many of a thread's last turns are looked through for one. */
const RECENT_TURNS = 20;

/** What the turns of one `Codex` share. */
export class TurnServices {
  readonly connector: Connector;
  readonly interrupts: Interrupts;
  readonly watch: TurnWatch;

  constructor(connector: Connector) {
    const { router, limits, onDiagnostic } = connector;
    this.connector = connector;
    this.interrupts = new Interrupts(router, limits, onDiagnostic);
    this.watch = new TurnWatch(router, limits, onDiagnostic);
    connector.onIdle = (threadId) => this.watch.threadIdle(threadId);
  }

  /** A channel for one more reader of a turn. */
  newChannel(onReturn: () => void): Channel {
    const { streamEvents, streamBytes } = this.connector.limits;
    return new Channel({ mergeAfter: streamEvents, maxBytes: streamBytes }, onReturn);
  }

  /**
   * The items of a turn that was joined while it ran: the first of them went by before. As the server stored them, or,
   * where it stores none, those that were seen.
   */
  async fullTurn(turn: Turn, threadId: string): Promise<Turn> {
    const params = { threadId, limit: RECENT_TURNS, itemsView: "full" } as const;
    try {
      const { data } = await this.connector.request("thread/turns/list", params);
      return data.find(({ id }) => id === turn.id) ?? turn;
    } catch {
      return turn;
    }
  }
}
