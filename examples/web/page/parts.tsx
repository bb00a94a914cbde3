import type { AgentData, CommandOutput } from "@codex-app-server/sdk/ai-sdk";
import type { DynamicToolUIPart, UIMessage } from "ai";
import { type ReactNode, useState } from "react";
import { type Change, Diff } from "./diff.tsx";
import { Markdown } from "./markdown.tsx";
import { type Fill, QuestionForm } from "./question_form.tsx";
import { Terminal, Visible } from "./terminal.tsx";

/** Answers what the agent asks. */
export type Answer = (answer: { readonly id: string; readonly approved: boolean }) => unknown;

interface Props {
  readonly part: UIMessage["parts"][number];
  readonly folder: string;
  readonly answer: Answer;
  readonly fill: Fill;
}

/** Whether a part waits for somebody. */
export function waits(part: UIMessage["parts"][number]): boolean {
  return part.type === "dynamic-tool" && (part.state === "approval-requested" || wantsOutput(part));
}

/** A question that wants more than yes or no is a tool of the page. */
function wantsOutput(part: DynamicToolUIPart): boolean {
  return part.state === "input-available" && part.providerExecuted !== true;
}

/** One part of what the agent says and does. What is not known here is not shown. */
export function Part({ part, folder, answer, fill }: Props): ReactNode {
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
  if (part.type === "data-agent") return <Agent {...part.data as AgentData} />;
  if (part.type !== "dynamic-tool") return null;
  if (wantsOutput(part)) return <QuestionForm part={part} fill={fill} />;
  if (part.toolName === "commandExecution") return <Command part={part} answer={answer} />;
  const Card = part.toolName === "fileChange" ? Patch : Tool;
  return <Card part={part} folder={folder} answer={answer} />;
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

/** What a sub-agent is at. Its own commands and changes ask here too. */
function Agent({ name, status, message }: AgentData): ReactNode {
  const word = status === "inProgress" ? "works" : status === "completed" ? "is done" : status;
  return (
    <p className="notice agent-line" role="status">
      <span className={status === "inProgress" ? "dot" : "dot still"} aria-hidden="true" />
      <span>
        Agent {name && <Visible text={name} />} {word}
        {message && (
          <>
            : <Visible text={message} />
          </>
        )}
      </span>
    </p>
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

interface CardProps {
  readonly part: DynamicToolUIPart;
  readonly folder: string;
  readonly answer: Answer;
}

function Patch({ part, folder, answer }: CardProps): ReactNode {
  const { changes = [] } = (part.input ?? {}) as { readonly changes?: readonly Change[] };
  return (
    <section className={classOf(part)} aria-label="Changes">
      <Header part={part} title="Changes" done="made" />
      <Diff changes={changes} folder={folder} />
      <Ask part={part} answer={answer} what="Make these changes?" />
    </section>
  );
}

/** A tool that has no card of its own: what it is given is seen before it is allowed, and afterwards on demand. */
function Tool({ part, answer }: CardProps): ReactNode {
  const { message } = (part.input ?? {}) as { readonly message?: string };
  const title = (part.toolName === "elicitation" ? message : part.title) ?? part.toolName;
  return (
    <section className={classOf(part)} aria-label={title}>
      <Header part={part} title={title} done="done" />
      <details className="inner" open={part.state === "approval-requested"}>
        <summary>Details</summary>
        <Terminal output={textOf(part)} label={title} follows={false} />
      </details>
      <Ask part={part} answer={answer} what="Allow this?" />
    </section>
  );
}

function Header(
  { part, title, done }: { readonly part: DynamicToolUIPart; readonly title: string; readonly done: string },
): ReactNode {
  const word = wordOf(part);
  return (
    <header>
      <span className="what">
        <Visible text={title} />
      </span>
      <span className={`state ${toneOf(part)}`} role="status">{word === "done" ? done : word}</span>
    </header>
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
      <p role="alert">
        <Visible text={requestReason || what} />
      </p>
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

function textOf({ input, output, errorText }: DynamicToolUIPart): string {
  const given = [callOf(input), output].filter((each) => each !== undefined).map((each) =>
    JSON.stringify(each, null, 2)
  );
  return [...given, ...(errorText ? [errorText] : [])].join("\n");
}

/** What is to be called, where the approval of an MCP tool is dressed as a form of its server. */
function callOf(input: unknown): unknown {
  const { _meta: meta } = Object(input);
  return meta?.tool_name === undefined ? input : { tool: meta.tool_name, arguments: meta.tool_params };
}
