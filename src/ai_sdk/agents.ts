import type { Thread, ThreadItem, Turn } from "../../gen/mod.ts";
import type { Notification } from "../../mod.ts";
import { head } from "./clip.ts";
import type { AgentData } from "./ui_message_chunk.ts";

/** More sub-agents than that are not followed. */
const AGENTS_MAX = 200;

const MESSAGE_MAX = 2_000;

/** What the sub-agents of a turn do: of each a few words, however much it does. */
export class Agents {
  readonly #root: string;
  readonly #agents = new Map<string, AgentData>();

  /** @param root The thread at the top, which is no sub-agent. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Takes in an event of any thread; the sub-agents that it changes. */
  take({ method, params }: Notification): AgentData[] {
    switch (method) {
      case "thread/started":
        return this.#started(params.thread);
      case "item/started":
        return [
          ...this.#named(params.item),
          ...this.#change(params.threadId, { activity: params.item.type }),
        ];
      case "item/completed":
        return [
          ...this.#named(params.item),
          ...this.#completed(params.threadId, params.item),
        ];
      case "turn/started":
        return this.#change(params.threadId, { status: "inProgress" });
      case "turn/completed":
        return this.#ended(params.threadId, params.turn);
      default:
        return [];
    }
  }

  #started(
    { id, parentThreadId = null, agentNickname, agentRole }: Thread,
  ): AgentData[] {
    if (parentThreadId === null || !this.#isKnown(parentThreadId)) return [];
    return this.#change(id, {
      parentThreadId,
      name: agentNickname ?? agentRole ?? null,
    }, true);
  }

  #isKnown(threadId: string): boolean {
    return threadId === this.#root || this.#agents.has(threadId);
  }

  /** An item may name the sub-agents that it has made. */
  #named(item: ThreadItem): AgentData[] {
    if (item.type === "collabAgentToolCall" && item.tool === "spawnAgent") {
      const parentThreadId = item.senderThreadId;
      return item.receiverThreadIds.flatMap((id) => this.#change(id, { parentThreadId }, true));
    }
    if (item.type !== "subAgentActivity") return [];
    const name = item.agentPath.split("/").at(-1) || null;
    return this.#change(
      item.agentThreadId,
      this.#agents.get(item.agentThreadId)?.name ? {} : { name },
      true,
    );
  }

  #completed(threadId: string, item: ThreadItem): AgentData[] {
    const agent = this.#agents.get(threadId);
    if (agent === undefined) return [];
    const said = item.type === "agentMessage" ? { message: head(item.text, MESSAGE_MAX).text } : {};
    return this.#change(threadId, {
      items: agent.items + 1,
      activity: null,
      ...said,
    });
  }

  #ended(threadId: string, { status }: Turn): AgentData[] {
    return this.#change(threadId, { status, activity: null });
  }

  #change(
    threadId: string,
    values: Partial<AgentData>,
    isNew = false,
  ): AgentData[] {
    const before = this.#agents.get(threadId);
    if (
      threadId === this.#root ||
      before === undefined && (!isNew || this.#agents.size >= AGENTS_MAX)
    ) return [];
    const agent = { ...(before ?? fresh(threadId)), ...values };
    if (
      before !== undefined && JSON.stringify(before) === JSON.stringify(agent)
    ) return [];
    this.#agents.set(threadId, agent);
    return [agent];
  }
}

function fresh(threadId: string): AgentData {
  return {
    threadId,
    parentThreadId: null,
    name: null,
    status: "inProgress",
    activity: null,
    items: 0,
    message: null,
  };
}
