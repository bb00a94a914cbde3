import { type ReactNode, useEffect, useRef } from "react";

/** One thread of the list. */
export interface Entry {
  readonly id: string;
  readonly title: string;
  /** Unix time in seconds. */
  readonly updatedAt: number;
  readonly busy: boolean;
  readonly asks: boolean;
}

interface Props {
  readonly threads: readonly Entry[];
  readonly current: string | null;
  readonly choose: (id: string | null) => void;
  /** Of a narrow window, where the list lies over the page. */
  readonly open: boolean;
  readonly close: () => void;
}

/** The threads, the newest first, and which of them works or waits for an answer. */
export function Threads({ threads, current, choose, open, close }: Props): ReactNode {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!open) return;
    nav.current?.querySelector("button")?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopImmediatePropagation(); // it closes the list, and does not stop the agent
      close();
    };
    const onPress = (event: PointerEvent) => nav.current?.contains(event.target as Node) || close();
    addEventListener("keydown", onKey, true);
    addEventListener("pointerdown", onPress);
    return () => {
      removeEventListener("keydown", onKey, true);
      removeEventListener("pointerdown", onPress);
    };
  }, [open]);
  return (
    <nav className={open ? "threads open" : "threads"} aria-label="Threads" ref={nav}>
      <p className="brand">
        Codex <small>in the browser</small>
      </p>
      <button type="button" className="new" onClick={() => choose(null)}>
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <path d="M7 2v10M2 7h10" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
        </svg>
        New thread
      </button>
      {threads.length > 0 && <h2>Threads</h2>}
      <ul>
        {threads.map(({ id, title, updatedAt, busy, asks }) => (
          <li key={id}>
            <button type="button" aria-current={id === current ? "page" : undefined} onClick={() => choose(id)}>
              <span className="title">{title}</span>
              {busy
                ? (
                  <span
                    className={asks ? "dot asks" : "dot"}
                    role="img"
                    aria-label={asks ? "waits for your answer" : "works"}
                  />
                )
                : <time dateTime={new Date(updatedAt * 1000).toISOString()}>{clock(updatedAt)}</time>}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function clock(seconds: number): string {
  const date = new Date(seconds * 1000);
  const today = new Date().toDateString() === date.toDateString();
  return today
    ? date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false })
    : date.toLocaleDateString("en", { day: "numeric", month: "short" });
}
