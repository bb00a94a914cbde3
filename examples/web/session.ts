import type { ThreadState, ThreadStore } from "@codex-app-server/sdk/state";

/** The threads of one person. A program that is to know them tomorrow keeps their ids in its database. */
export class Session {
  readonly #threads = new Map<string, ThreadStore>();
  readonly #listeners = new Set<() => void>();

  add(threadId: string, store: ThreadStore): void {
    this.#threads.set(threadId, store);
    store.subscribe(() => this.#listeners.forEach((listener) => listener()));
  }

  has(threadId: string): boolean {
    return this.#threads.has(threadId);
  }

  /**
   * Server-sent events: the list of threads whenever it changes, and of one thread its state and every event that changes
   * it. In one stream, for browsers open six connections to a server, in all tabs together.
   */
  events(threadId: string | null): Response {
    const { readable, writable } = new TransformStream<string, string>();
    const writer = writable.getWriter();
    const relay = threadId === null ? undefined : this.#threads.get(threadId)?.events();
    let sent = "";
    const sendList = () => {
      const list = JSON.stringify(this.#list());
      if (list !== sent) writer.write(`event: threads\ndata: ${sent = list}\n\n`).catch(() => {});
    };
    this.#listeners.add(sendList);
    writer.closed.catch(() => {}).finally(() => { // the page is gone
      this.#listeners.delete(sendList);
      void relay?.return?.();
    });
    sendList();
    void (async () => {
      // Whoever reads slowly gets the state anew instead of what was missed.
      for await (const event of relay ?? []) await writer.write(`data: ${JSON.stringify(event)}\n\n`);
    })().catch(() => {});
    const headers = { "content-type": "text/event-stream", "cache-control": "no-cache" };
    return new Response(readable.pipeThrough(new TextEncoderStream()), { headers });
  }

  #list() {
    const list = [...this.#threads].reverse().map(([id, store]) => entryOf(id, store.getSnapshot()));
    return list.filter(({ title }) => title !== "").sort((one, other) => other.updatedAt - one.updatedAt);
  }
}

/** Whether it waits for an answer, or one of its sub-agents does. */
function asks({ questions, agents }: ThreadState): boolean {
  return questions.length > 0 || Object.values(agents).some(asks);
}

function entryOf(id: string, state: ThreadState) {
  const { thread, turns } = state;
  const message = turns[0]?.items.find(({ item }) => item.type === "userMessage")?.item;
  const said = message?.type === "userMessage" ? message.content.find((part) => part.type === "text")?.text : undefined;
  const last = turns.at(-1)?.turn;
  return {
    id,
    title: beginningOf(thread?.name ?? said ?? ""),
    updatedAt: last?.completedAt ?? last?.startedAt ?? 0,
    busy: last?.status === "inProgress",
    asks: asks(state),
  };
}

/** The list goes to every tab at every change, and somebody may have pasted a book. */
function beginningOf(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
