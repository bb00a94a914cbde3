import type { CommandOutput } from "@codex-app-server/sdk/ai-sdk";
import type { DynamicToolUIPart, UIMessage } from "ai";
import { type ReactNode, useState } from "react";
import { type Change, Diff } from "./diff.tsx";
import { Markdown } from "./markdown.tsx";
import { Terminal, Visible } from "./terminal.tsx";

/** Answers what the agent asks. */
export type Answer = (answer: { readonly id: string; readonly approved: boolean }) => unknown;

interface Props {
  readonly part: UIMessage["parts"][number];
  readonly folder: string;
  readonly answer: Answer;
}

/** One part of what the agent says and does. What is not known here is not shown. */
export function Part({ part, folder, answer }: Props): ReactNode {
  if (part.type === "text") {
    return part.text === "" ? null : (
      <div className="words">
        <Markdown text={part.text} />
      </div>
    );
  }
  if (part.type === "reasoning") {
    return part.text === "" ? null : <Thought text={part.text} over={part.state === "done"} />;
  }
  if (part.type !== "dynamic-tool") return null;
  if (part.toolName === "commandExecution") return <Command part={part} answer={answer} />;
  return <Tool part={part} folder={folder} answer={answer} />;
}

function Thought({ text, over }: { readonly text: string; readonly over: boolean }): ReactNode {
  const title = /^\*\*(.+?)\*\*/.exec(text)?.[1];
  return (
    <details className="thought">
      <summary>{title ?? (over ? "Thoughts" : "Thinking")}</summary>
      <div className="words">
        <Markdown text={title === undefined ? text : text.slice(title.length + 4).trim()} />
      </div>
    </details>
  );
}

interface CommandInput {
  readonly command?: string;
  readonly cwd?: string;
}

function Command({ part, answer }: { readonly part: DynamicToolUIPart; readonly answer: Answer }): ReactNode {
  const { command = "" } = (part.input ?? {}) as CommandInput;
  const { aggregatedOutput = "", omitted = 0, exitCode = null, durationMs = null } = (part.output ?? {}) as Partial<
    CommandOutput
  >;
  const failed = exitCode !== null && exitCode !== 0;
  const seconds = durationMs ? ` · ${(durationMs / 1000).toFixed(1)} s` : "";
  const word = part.state === "output-available" && !part.preliminary
    ? failed ? `exit code ${exitCode}${seconds}` : `done${seconds}`
    : wordOf(part);
  return (
    <section className={classOf(part)} aria-label={`Command: ${command}`}>
      <header>
        <span className="prompt" aria-hidden="true">$</span>
        <code dir="ltr">
          <Visible text={unwrapped(command)} />
        </code>
        <span className={`state ${failed ? "bad" : toneOf(part)}`} role="status">{word}</span>
      </header>
      {aggregatedOutput !== "" && (
        <Terminal output={aggregatedOutput} omitted={omitted} label={`Output of ${command}`} />
      )}
      <Ask part={part} answer={answer} what="Run this command?" />
    </section>
  );
}

/** A patch, or a tool that has no card of its own. */
function Tool(
  { part, folder, answer }: { readonly part: DynamicToolUIPart; readonly folder: string; readonly answer: Answer },
): ReactNode {
  const { changes } = (part.input ?? {}) as { readonly changes?: readonly Change[] };
  const isPatch = changes !== undefined;
  const title = isPatch ? "Changes" : part.title ?? part.toolName;
  return (
    <section className={classOf(part)} aria-label={title}>
      <header>
        <span className="what">
          <Visible text={title} />
        </span>
        <span className={`state ${toneOf(part)}`} role="status">
          {isPatch && wordOf(part) === "done" ? "made" : wordOf(part)}
        </span>
      </header>
      {isPatch ? <Diff changes={changes} folder={folder} /> : <Terminal output={textOf(part)} label={title} />}
      {part.state === "output-error" && <p className="notice bad ask">{part.errorText}</p>}
      <Ask part={part} answer={answer} what={isPatch ? "Make these changes?" : "Allow this?"} />
    </section>
  );
}

/** The question, where it arises. It takes no focus: whoever is typing must not approve with the next Enter. */
function Ask(
  { part, answer, what }: { readonly part: DynamicToolUIPart; readonly answer: Answer; readonly what: string },
): ReactNode {
  const [answered, setAnswered] = useState(false);
  if (part.state !== "approval-requested") return null;
  const { id, requestReason } = part.approval;
  const give = (approved: boolean) => {
    setAnswered(true);
    void answer({ id, approved });
  };
  return (
    <div className="ask" role="group" aria-label={what}>
      <p role="alert">{requestReason ? <Visible text={requestReason} /> : what}</p>
      <div className="choices">
        <button type="button" className="no" disabled={answered} onClick={() => give(false)}>Refuse</button>
        <button type="button" className="yes" disabled={answered} onClick={() => give(true)}>Approve</button>
      </div>
    </div>
  );
}

function wordOf(part: DynamicToolUIPart): string {
  switch (part.state) {
    case "approval-requested":
      return "waits for you";
    case "output-denied":
      return "refused";
    case "output-error":
      return "failed";
    case "output-available":
      return part.preliminary ? "running" : "done";
    case "approval-responded":
      return part.approval.approved ? "running" : "refused";
    default:
      return "running";
  }
}

function toneOf(part: DynamicToolUIPart): string {
  return { "waits for you": "asks", running: "running", failed: "bad", refused: "bad" }[wordOf(part)] ?? "";
}

function classOf(part: DynamicToolUIPart): string {
  return part.state === "approval-requested" ? "card asks" : "card";
}

/** What a shell was told; without the shell's own name, if that is beyond doubt. */
function unwrapped(command: string): string {
  const plain = /^\/(?:usr\/)?bin\/(?:ba|z|da)?sh -l?c ('?)([^'"\\$`]+)\1$/.exec(command);
  return plain?.[2] ?? command;
}

function textOf({ input, output }: DynamicToolUIPart): string {
  return [input, output].filter((each) => each !== undefined).map((each) => JSON.stringify(each, null, 2)).join("\n");
}
