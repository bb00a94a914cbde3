import { emptyThread, reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import { type ReactNode, useCallback, useEffect, useReducer, useState } from "react";
import { Composer } from "./composer.tsx";
import { Conversation } from "./conversation.tsx";
import { type Entry, Threads } from "./threads.tsx";

const IDEAS: readonly string[] = ["Fix the bug in this project", "Explain the code", "Count slowly to 200"];

/** The whole page: the threads at the left, one conversation beside them. */
export function App(): ReactNode {
  const [threadId, open] = useThreadId();
  const [threads, setThreads] = useState<readonly Entry[]>([]);
  const [drawer, setDrawer] = useState(false);
  const [first, setFirst] = useState<string | null>(null);
  const [error, setError] = useState("");
  const [link, setLink] = useState<Link>("open");
  const state = useThreadState(threadId, setThreads, setLink);

  const choose = useCallback((id: string | null) => {
    setFirst(null);
    setDrawer(false);
    open(id);
  }, [open]);
  const begin = async (text: string): Promise<boolean> => {
    try {
      const response = await fetch("/api/threads", { method: "POST" });
      if (!response.ok) throw new Error(await response.text());
      const { id } = await response.json();
      setError("");
      setFirst(text);
      open(id);
      return true;
    } catch (error) {
      setError(`The thread could not be started: ${error instanceof Error ? error.message : error}`);
      return false;
    }
  };

  const title = threads.find(({ id }) => id === threadId)?.title ?? "New thread";
  return (
    <div className="app">
      <Threads threads={threads} current={threadId} choose={choose} open={drawer} close={() => setDrawer(false)} />
      <main className="main">
        <header className="top">
          <button
            type="button"
            className="menu"
            aria-label="Threads"
            aria-expanded={drawer}
            onClick={() => setDrawer(true)}
          >
            <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
              <path d="M3 6h14M3 10h14M3 14h9" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
            </svg>
          </button>
          <h1>{title}</h1>
          {link === "lost" && <p className="notice" role="status">Connecting again</p>}
          {state && <Tokens state={state} />}
        </header>
        {threadId === null || link === "closed"
          ? (
            <>
              <div className="scroll">
                <div className="column">
                  <section className="empty">
                    <h2>{link === "closed" ? "That thread is not here" : "What shall we do?"}</h2>
                    <p>
                      Codex works in the project's folder. It reads by itself; before it runs a program or changes a
                      file, it asks you here.
                    </p>
                    <div className="ideas">
                      {IDEAS.map((idea) => <button type="button" key={idea} onClick={() => begin(idea)}>{idea}
                      </button>)}
                    </div>
                  </section>
                  {error && <p className="notice bad" role="alert">{error}</p>}
                </div>
              </div>
              <Composer send={begin} work={null} stop={() => {}} />
            </>
          )
          : state && <Conversation key={threadId} state={state} first={first} />}
      </main>
    </div>
  );
}

/** The thread that stands in the address, so that a reload and a second tab find it. */
function useThreadId(): [string | null, (id: string | null) => void] {
  const read = () => location.hash.slice(1) || null;
  const [id, setId] = useState(read);
  useEffect(() => {
    const onChange = () => setId(read());
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return [id, useCallback((next) => void (location.hash = next ?? ""), [])];
}

/** Whether events come; `lost` is tried again by the browser, `closed` is what the server refuses. */
type Link = "open" | "lost" | "closed";

/** The thread as the server sees it: its state, then every event that changes it. The list of threads comes the same way. */
function useThreadState(
  threadId: string | null,
  setThreads: (threads: readonly Entry[]) => void,
  setLink: (link: Link) => void,
): ThreadState | null {
  const [state, tell] = useReducer(told, null);
  useEffect(() => {
    const url = `/api/events${threadId === null ? "" : `?thread=${encodeURIComponent(threadId)}`}`;
    let source: EventSource | undefined;
    // Browsers open six connections to a server, in all tabs together: what nobody looks at holds none.
    const connect = () => {
      if (document.hidden) source = void source?.close();
      else if (source === undefined) {
        const opened = source = new EventSource(url);
        opened.onmessage = ({ data }) => tell(JSON.parse(data));
        opened.addEventListener("threads", ({ data }) => setThreads(JSON.parse(data)));
        opened.onopen = () => setLink("open");
        opened.onerror = () => setLink(opened.readyState === EventSource.CLOSED ? "closed" : "lost");
      }
    };
    connect();
    document.addEventListener("visibilitychange", connect);
    return () => {
      document.removeEventListener("visibilitychange", connect);
      source?.close();
    };
  }, [threadId]);
  return state?.threadId === threadId ? state : null;
}

/** The first event of a stream brings the whole state, of a thread that may be another one than before. */
function told(state: ThreadState | null, event: ThreadEvent): ThreadState | null {
  if (event.method !== "state/snapshot") return state && reduce(state, event);
  const { threadId } = event.params;
  return reduce(state?.threadId === threadId ? state : emptyThread(threadId), event);
}

function Tokens({ state: { usage } }: { readonly state: ThreadState }): ReactNode {
  if (usage === null || usage.total.totalTokens === 0) return null;
  const { total, last, modelContextWindow } = usage;
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const percent = modelContextWindow ? Math.min(100, Math.round(last.totalTokens / modelContextWindow * 100)) : null;
  const title = `${total.inputTokens} in, ${total.cachedInputTokens} of them cached, ${total.outputTokens} out`;
  return (
    <div className="tokens" title={percent === null ? title : `${title}; ${percent} % of the context in use`}>
      <span>
        {short.format(total.totalTokens)} <span className="long">tokens</span>
      </span>
      {percent !== null && (
        <div
          className="meter"
          role="meter"
          aria-label="Context in use"
          aria-valuenow={percent}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <span style={{ width: `${percent}%` }} />
        </div>
      )}
    </div>
  );
}
