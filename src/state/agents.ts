import type { ThreadItem } from "../../gen/mod.ts";
import { agentsOf } from "./items.ts";
import { emptyThread, type ThreadState } from "./thread_state.ts";

/** Makes the state of a sub-agent that is new. */
type Fresh = (threadId: string) => ThreadState;

/** The state of a thread within a tree of threads; `undefined` if it is not of the tree. */
export function findThread(root: ThreadState, threadId: string): ThreadState | undefined {
  if (root.threadId === threadId) return root;
  for (const agent of Object.values(root.agents)) {
    const found = findThread(agent, threadId);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The tree with one of its threads changed; the tree itself if the thread is not of it, or does not change. */
export function changeThread(
  root: ThreadState,
  threadId: string,
  change: (state: ThreadState) => ThreadState,
): ThreadState {
  if (root.threadId === threadId) return change(root);
  for (const [id, agent] of Object.entries(root.agents)) {
    const changed = changeThread(agent, threadId, change);
    if (changed !== agent) return { ...root, agents: { ...root.agents, [id]: changed } };
  }
  return root;
}

/** The tree with the sub-agents that an item of one of its threads names. */
export function withAgentsOf(
  root: ThreadState,
  threadId: string,
  item: ThreadItem,
  fresh: Fresh = emptyThread,
): ThreadState {
  const named = agentsOf(item);
  if (named === undefined || !Array.isArray(named.ids)) return root;
  return named.ids.reduce<ThreadState>((tree, id) => withAgent(tree, threadId, id, named.spawned, fresh), root);
}

/**
 * The tree with a thread as the sub-agent of another one.
 *
 * @param certain Whether this is known, and not only likely: then one that was taken for another's child is moved.
 */
export function withAgent(
  root: ThreadState,
  parentId: string,
  agentId: string,
  certain: boolean,
  fresh: Fresh = emptyThread,
): ThreadState {
  const known = findThread(root, agentId);
  if (known !== undefined && (!certain || known === root || findThread(known, parentId) !== undefined)) return root;
  const parent = findThread(root, parentId);
  if (typeof agentId !== "string" || parent === undefined || Object.hasOwn(parent.agents, agentId)) return root;
  const agent = known ?? fresh(agentId);
  return changeThread(withoutAgent(root, agentId), parentId, (state) => ({
    ...state,
    agents: { ...state.agents, [agentId]: agent },
  }));
}

function withoutAgent(root: ThreadState, agentId: string): ThreadState {
  if (Object.hasOwn(root.agents, agentId)) {
    const { [agentId]: _, ...agents } = root.agents;
    return { ...root, agents };
  }
  for (const [id, agent] of Object.entries(root.agents)) {
    const changed = withoutAgent(agent, agentId);
    if (changed !== agent) return { ...root, agents: { ...root.agents, [id]: changed } };
  }
  return root;
}

/** The thread of the tree that has a turn. */
export function threadOfTurn(root: ThreadState, turnId: string): ThreadState | undefined {
  if (root.turns.some(({ turn }) => turn.id === turnId)) return root;
  for (const agent of Object.values(root.agents)) {
    const found = threadOfTurn(agent, turnId);
    if (found !== undefined) return found;
  }
  return undefined;
}
