import { useChat } from "@ai-sdk/react";
import type { ThreadState, TurnRecord } from "@codex-app-server/sdk/state";
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
  type UIMessage,
} from "ai";
import { memo, type ReactNode, type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";
import { Composer } from "./composer.tsx";
import { messagesOf } from "./history.ts";
import { type Answer, Part, waits } from "./parts.tsx";
import { Plan } from "./plan.tsx";
import type { Fill } from "./question_form.tsx";

interface Props {
  readonly state: ThreadState;
  /** What is said first in a thread that has just been started. */
  readonly first: string | null;
}

const transport = new DefaultChatTransport({
  api: "/api/chat",
  // The server has the thread: what is new is sent, and not all of it at each message.
  prepareSendMessagesRequest: ({ id, messages, trigger, messageId }) => ({
    body: {
      id,
      messages: messages.filter((each) => each.id === messageId || each === messages.at(-1)),
      trigger,
      messageId,
    },
  }),
});

/** One thread: what was said and done, and what is said next. */
export function Conversation({ state, first }: Props): ReactNode {
  const { threadId } = state;
  const chat = useChat({
    id: threadId,
    messages: messagesOf(state),
    transport,
    sendAutomaticallyWhen: (chat) =>
      lastAssistantMessageIsCompleteWithApprovalResponses(chat) || lastAssistantMessageIsCompleteWithToolCalls(chat),
    throttle: 40,
  });
  const { messages, status, error, sendMessage, addToolApprovalResponse, addToolOutput } = chat;
  useOthers(state, chat);
  useEffect(() => {
    if (first !== null) void sendMessage({ text: first });
  }, []);
  const last = state.turns.at(-1)?.turn;
  const running = last?.status === "inProgress";
  const busy = status === "submitted" || status === "streaming" || running;
  const work = questionsOf(state).length > 0 ? "Codex waits for your answer" : "Codex is at work";
  const stop = () => void fetch(`/api/chat/${threadId}/stop`, { method: "POST" });
  const fill = useCallback<Fill>(
    ({ toolName: tool, toolCallId }, output) =>
      output === null
        ? addToolOutput({ state: "output-error", tool, toolCallId, errorText: "refused" })
        : addToolOutput({ tool, toolCallId, output }),
    [addToolOutput],
  );
  const end = useEnd(messages);
  return (
    <>
      <div className="scroll" ref={end.scroll} onScroll={end.onScroll}>
        <div className="column">
          {messages.map((message) => (
            <Message
              key={message.id}
              message={message}
              turn={state.turns.find(({ turn }) => turn.id === message.id)?.turn}
              folder={state.thread?.cwd ?? ""}
              answer={addToolApprovalResponse}
              fill={fill}
            />
          ))}
          {status === "submitted" && <p className="notice" role="status">Working</p>}
          {error && last?.status !== "failed" && <p className="notice bad" role="alert">{error.message}</p>}
        </div>
      </div>
      <Composer send={(text) => void sendMessage({ text })} work={busy ? work : null} stop={stop}>
        {state.plan?.turnId === state.turns.at(-1)?.turn.id && state.plan && <Plan plan={state.plan} />}
      </Composer>
    </>
  );
}

interface MessageProps {
  readonly message: UIMessage;
  /** The turn that it tells of. */
  readonly turn: TurnRecord | undefined;
  readonly folder: string;
  readonly answer: Answer;
  readonly fill: Fill;
}

/** Drawn anew only when it has changed: the others are as they were while one grows. */
const Message = memo(function Message({ message, turn, folder, answer, fill }: MessageProps): ReactNode {
  if (message.role === "user") {
    return <div className="user">{message.parts.map((part) => part.type === "text" ? part.text : "").join("\n")}</div>;
  }
  return (
    <article className="agent" aria-label="Codex">
      {message.parts.map((part, index) => <Part key={index} part={part} folder={folder} answer={answer} fill={fill} />)}
      {turn?.status === "interrupted" && <p className="notice">Stopped</p>}
      {turn?.status === "failed" && <p className="notice bad" role="alert">{turn.error?.message ?? "It failed"}</p>}
    </article>
  );
});

/**
 * What happens in the thread elsewhere, in another tab or before a reload: a turn begins there, a question is answered
 * there. The page then takes what the server knows, and goes on with the turn that runs.
 */
function useOthers(
  state: ThreadState,
  { status, messages, setMessages, resumeStream }: ReturnType<typeof useChat>,
): void {
  const turn = state.turns.at(-1)?.turn;
  const known = turn === undefined || messages.some(({ id }) => id === turn.id);
  const shown = messages.at(-1)?.parts.some(waits) ?? false;
  const asked = questionsOf(state);
  const idle = status === "ready" || status === "error";
  const behind = idle && (!known || shown !== asked.length > 0);
  /** What is tried once is not tried again. */
  const about = [turn?.id, turn?.status, known, shown, ...asked].join();
  const tried = useRef("");
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    if (!behind || tried.current === about) return;
    // What is on its way in the other stream comes first.
    const timer = setTimeout(() => {
      tried.current = about;
      setMessages(messagesOf(latest.current));
      if (turn?.status === "inProgress") void resumeStream();
    }, known ? 200 : 0);
    return () => clearTimeout(timer);
  }, [behind, about]);
}

/** The ids of what is asked, also by sub-agents. */
function questionsOf({ questions, agents }: ThreadState): (string | number)[] {
  return [...questions.map(({ id }) => id), ...Object.values(agents).flatMap(questionsOf)];
}

/** Keeps the end in sight while it grows, unless somebody has scrolled up to read. */
function useEnd(
  content: unknown,
): { readonly scroll: RefObject<HTMLDivElement | null>; readonly onScroll: () => void } {
  const scroll = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (scroll.current && atEnd.current) scroll.current.scrollTop = scroll.current.scrollHeight;
  }, [content]);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (atEnd.current) scroll.current!.scrollTop = scroll.current!.scrollHeight;
    });
    observer.observe(scroll.current!);
    return () => observer.disconnect();
  }, []);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = scroll.current!;
    atEnd.current = scrollTop + clientHeight > scrollHeight - 60;
  };
  return { scroll, onScroll };
}
