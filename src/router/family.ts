import type { ThreadItem } from "../../gen/mod.ts";
import { EarlyEvents } from "./early_events.ts";
import { Lineage } from "./lineage.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { Notification } from "./notification.ts";
import { OpenItems } from "./open_items.ts";
import { type OpenTurn, OpenTurns } from "./open_turns.ts";
import { OwnTurns } from "./own_turns.ts";
import { ThreadHandlers } from "./thread_handlers.ts";
import { ThreadTree } from "./thread_tree.ts";
import type { TurnTable } from "./turn_table.ts";

/** What a family needs from around it. */
export interface FamilyOptions {
  readonly limits: ResolvedLimits;
  readonly turns: TurnTable;
  readonly isShared: () => boolean;
  /** Asks the server for the record of a thread. */
  readonly readThread: (threadId: string, timeoutMs: number) => Promise<unknown>;
  /** A turn has begun that works for another one. */
  readonly onAgentTurn: (open: OpenTurn) => void;
  /** A turn that ran will not be heard of again. */
  readonly onTurnLost: (threadId: string, turnId: string, error: unknown) => void;
}

/** The tools by which an agent gives work to another one. */
const GIVES_WORK: ReadonlySet<string> = new Set(["spawnAgent", "sendInput", "resumeAgent", "followupTask"]);

/** What is said of an agent that has not done its work yet. */
const AT_WORK: ReadonlySet<string | undefined> = new Set(["pendingInit", "running", undefined]);

/**
 * The threads of the server and what runs in them, as its events tell: who is whose sub-agent, which turn works for
 * which, what is unfinished, and who answers for it. A sub-agent belongs to whoever has its parent.
 */
export class Family {
  readonly tree: ThreadTree;
  readonly openTurns: OpenTurns;
  readonly ownTurns: OwnTurns;
  readonly threads: ThreadHandlers;
  readonly lineage: Lineage;
  readonly #openItems: OpenItems;
  readonly #early: EarlyEvents;
  readonly #turns: TurnTable;
  readonly #onAgentTurn: (open: OpenTurn) => void;

  constructor({ limits, turns, isShared, readThread, onAgentTurn, onTurnLost }: FamilyOptions) {
    const { rememberedBytes, questionBytes, parentTimeoutMs } = limits;
    this.#turns = turns;
    this.#onAgentTurn = onAgentTurn;
    this.tree = new ThreadTree({ maxBytes: rememberedBytes, timeoutMs: parentTimeoutMs, read: readThread });
    this.openTurns = new OpenTurns(rememberedBytes, onTurnLost);
    this.#openItems = new OpenItems(questionBytes);
    this.#early = new EarlyEvents(rememberedBytes);
    this.ownTurns = new OwnTurns(turns, this.openTurns, this.tree, rememberedBytes);
    this.threads = new ThreadHandlers(rememberedBytes, parentTimeoutMs);
    const { tree, openTurns, ownTurns, threads } = this;
    this.lineage = new Lineage({ tree, openTurns, openItems: this.#openItems, ownTurns, threads, isShared });
  }

  /** How many turns are known to run, and how many of them have unfinished items. */
  get size(): number {
    return this.openTurns.size + this.#openItems.size;
  }

  /** Learns from the answer to a request: at once, for the next message may be a question of the thread that it tells of. */
  told(result: unknown): void {
    if (typeof result === "object" && result !== null && "thread" in result) this.tree.learn(result.thread);
  }

  /** Learns from an event, before anybody else sees it. */
  observe(event: Notification, threadId: string | null, turnId: string | null, bytes: number): void {
    switch (event.method) {
      case "thread/started":
        return this.tree.learn(event.params.thread);
      case "turn/started":
        if (threadId !== null && turnId !== null) this.begin(threadId, turnId, event.params.turn.rootTurnId);
        return;
      case "item/started":
      case "item/completed": {
        const { item } = event.params;
        if (threadId === null || turnId === null || typeof item?.id !== "string") return;
        if (event.method === "item/started") this.#openItems.start(threadId, turnId, item, bytes);
        else this.#openItems.complete(threadId, turnId, item);
        return this.learn(threadId, item);
      }
    }
  }

  /** A turn has begun, or was found running. */
  begin(threadId: string, turnId: string, rootTurnId: unknown): void {
    const root = typeof rootTurnId === "string" ? rootTurnId : null;
    const handlers = this.threads.of(this.tree.path(threadId) ?? [threadId]);
    const open = this.openTurns.begin(threadId, turnId, root, handlers);
    if (open.rootTurnId !== turnId) this.#onAgentTurn(open);
  }

  /** Lets go of what an event has ended, after everybody has seen it. */
  settle(event: Notification, threadId: string | null, turnId: string | null): void {
    if (threadId === null) return;
    switch (event.method) {
      case "turn/completed":
        if (turnId === null) return;
        this.#early.endTurn(turnId);
        this.openTurns.end(threadId, turnId);
        return this.#openItems.endTurn(threadId, turnId);
      case "thread/archived":
      case "thread/closed":
      case "thread/deleted":
        this.threads.drop(threadId);
        return this.openTurns.forget(threadId);
    }
  }

  /** Learns from an item of a thread which agents it has, and which of them it has given work. */
  learn(threadId: string, item: ThreadItem): void {
    if (item.type === "subAgentActivity" && item.kind === "started") {
      return this.#agent(threadId, item.agentThreadId, true);
    }
    if (item.type !== "collabAgentToolCall" || !Array.isArray(item.receiverThreadIds)) return;
    if (GIVES_WORK.has(item.tool)) {
      for (const id of item.receiverThreadIds) this.#agent(threadId, id, item.tool === "spawnAgent");
    }
    for (const [id, state] of Object.entries(item.agentsStates ?? {})) {
      if (AT_WORK.has(state?.status)) continue;
      if (this.openTurns.get(id)?.turnId === null) this.openTurns.forget(id);
    }
  }

  /** The turn of this client for which a sub-agent works in this thread, if one does. */
  rootTurnOf(threadId: string): string | null {
    const open = this.openTurns.get(threadId);
    if (open === undefined || open.rootTurnId === open.turnId) return null;
    const root = this.#turns.find(open.rootTurnId);
    return root !== undefined && this.tree.isWithin(threadId, root.threadId) ? root.id : null;
  }

  /** Says for which turn of this client a sub-agent works, event by event; of what came too early for that, afterwards. */
  ofAgents(
    event: Notification,
    threadId: string | null,
    bytes: number,
    to: (rootTurnId: string, each: { readonly event: Notification; readonly bytes: number }) => void,
  ): void {
    this.#early.release((id) => this.rootTurnOf(id), to);
    if (threadId === null) return;
    const rootTurnId = this.rootTurnOf(threadId);
    if (rootTurnId !== null) return to(rootTurnId, { event, bytes });
    const open = this.openTurns.get(threadId);
    // It says that it works for a turn of this client's, and nobody has said yet that it may.
    if (open === undefined || open.rootTurnId === open.turnId || this.#turns.find(open.rootTurnId) === undefined) {
      return;
    }
    this.#early.keep(threadId, open.rootTurnId, event, bytes);
  }

  /** The server is gone, and what ran there with it. */
  lose(error?: unknown): void {
    this.openTurns.clear(error);
    this.#openItems.clear();
    this.#early.clear();
  }

  /** Nothing is known or asked any more. */
  close(error?: unknown): void {
    this.lose(error);
    this.ownTurns.clear();
    this.tree.close();
  }

  #agent(parentId: string, threadId: unknown, spawned: boolean): void {
    if (typeof threadId !== "string") return;
    if (spawned) this.tree.spawned(parentId, threadId);
    const from = this.openTurns.get(parentId);
    if (from !== undefined) this.openTurns.announce(threadId, from);
  }
}
