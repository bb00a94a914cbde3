import { type ReactNode, useEffect, useRef, useState } from "react";

interface Props {
  /** False if it could not be sent: then it stands there again. */
  readonly send: (text: string) => void | Promise<boolean>;
  /** What the agent is at; `null` if it is at nothing. */
  readonly work: string | null;
  readonly stop: () => void;
  /** What stands above it. */
  readonly children?: ReactNode;
}

/** Where one writes. Enter sends, Shift and Enter begin a line, Escape stops the agent. */
export function Composer({ send, work, stop, children }: Props): ReactNode {
  const busy = work !== null;
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  // A touch would bring up the keyboard over half of the page.
  useEffect(() => void (matchMedia("(hover: hover)").matches && field.current?.focus()), []);
  useEffect(() => {
    if (!busy) return;
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && stop();
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [busy, stop]);
  const submit = async () => {
    if (busy || text.trim() === "") return;
    setText("");
    if (await send(text.trim()) === false) setText((since) => since || text);
  };
  return (
    <div className="composer">
      {children}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <textarea
          ref={field}
          rows={1}
          value={text}
          aria-label="Message"
          placeholder={work ?? "Ask Codex"}
          enterKeyHint="send"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // While a word of Chinese or Japanese is composed, Enter takes the suggestion.
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            void submit();
          }}
        />
        {busy
          ? (
            <button type="button" className="stop" aria-label="Stop" title="Stop (Escape)" onClick={stop}>
              <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
                <rect width="12" height="12" rx="2" fill="currentColor" />
              </svg>
            </button>
          )
          : (
            <button type="submit" aria-label="Send" disabled={text.trim() === ""}>
              <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
                <path
                  d="M8 13V3M3.5 7.5 8 3l4.5 4.5"
                  fill="none"
                  stroke="currentColor"
                  strokeWidth="1.8"
                  strokeLinecap="round"
                  strokeLinejoin="round"
                />
              </svg>
            </button>
          )}
      </form>
      <p className="hint">
        {busy
          ? (
            <>
              <kbd>Escape</kbd> stops it
            </>
          )
          : (
            <>
              <kbd>Enter</kbd> sends, <kbd>Shift</kbd> and <kbd>Enter</kbd> begin a line
            </>
          )}
      </p>
    </div>
  );
}
