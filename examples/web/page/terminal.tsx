import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { type Span, terminalLines, visible } from "./terminal_text.ts";

/** So much of the end of an output is drawn; the rest on demand. */
const SHOWN = 24_000;

interface TerminalProps {
  readonly output: string;
  /** So many characters before it did not come along. */
  readonly omitted?: number;
  readonly label: string;
  /** Whether its end is what matters, as of a command that runs. */
  readonly follows?: boolean;
}

/** What a command has printed: it grows, and stays at its end unless somebody has scrolled up. */
export function Terminal({ output, omitted = 0, label, follows = true }: TerminalProps): ReactNode {
  const [whole, setWhole] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(follows);
  const cut = whole ? 0 : Math.max(0, output.length - SHOWN);
  const lines = useMemo(() => terminalLines(output.slice(cut).replace(/\n$/, "")), [output, cut]);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [output]);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    atEnd.current = follows && scrollTop + clientHeight > scrollHeight - 24;
  };
  return (
    <>
      {cut > 0 && (
        <button type="button" className="more" onClick={() => setWhole(true)}>
          Show the first {Math.ceil(cut / 1000).toLocaleString("en")} thousand characters too
        </button>
      )}
      {omitted > 0 && <p className="more">{omitted.toLocaleString("en")} characters before this are left out</p>}
      <pre className="terminal" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label={label} dir="ltr">
        {lines.map((line, index) => (
          <div key={index}>{line.length === 0 ? "\u200b" : <Spans spans={line} />}</div>
        ))}
      </pre>
    </>
  );
}

/** A text of somebody else's whose every character is to be seen. */
export function Visible({ text }: { readonly text: string }): ReactNode {
  return <Spans spans={visible(text)} />;
}

function Spans({ spans }: { readonly spans: readonly Span[] }): ReactNode {
  return spans.map(({ text, classes }, index) =>
    classes.length === 0 ? text : <span key={index} className={classes.join(" ")}>{text}</span>
  );
}
