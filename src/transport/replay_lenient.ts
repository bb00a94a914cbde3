import { isReply, isRequest, parseMessage, type ReplayScript, withId } from "./replay_script.ts";
import type { TranscriptEntry } from "./transcript.ts";

/** What the server said after one line of the client, until the client's next. */
interface Segment {
  readonly lines: string[];
  /** The reply, wherever in the transcript it came. */
  reply: string | null;
}

/** Answers each request with what followed the first unused recorded request of that method; see `replayTransport`. */
export function lenientScript(entries: readonly TranscriptEntry[]): ReplayScript {
  const { preamble, unused } = segments(entries);
  const last = new Map<string, Segment>();
  let remaining = 0;
  for (const list of unused.values()) remaining += list.length;

  function* sent(line: string): Iterable<string> {
    const message = parseMessage(line);
    if (message === null) return;
    const key = message.method ?? `answer ${message.id}`;
    const segment = unused.get(key)?.shift();
    if (segment !== undefined) {
      remaining--;
      last.set(key, segment);
      for (const recorded of segment.lines) {
        yield recorded === segment.reply && isRequest(message) ? withId(recorded, message.id) : recorded;
      }
    } else if (isRequest(message)) {
      const reply = last.get(key)?.reply;
      yield reply === undefined || reply === null
        ? JSON.stringify({
          id: message.id,
          error: { code: -32601, message: `Replay: the transcript has no answer to ${key}` },
        })
        : withId(reply, message.id);
    }
  }

  return { begin: () => preamble, sent, over: () => null, remaining: () => remaining };
}

function segments(entries: readonly TranscriptEntry[]) {
  const preamble: string[] = [];
  const unused = new Map<string, Segment[]>();
  const byId = new Map<string | number, Segment>();
  let current: Segment | null = null;
  for (const entry of entries) {
    const line = entry.line ?? "";
    const message = parseMessage(line);
    if (entry.dir === "out" && message !== null) {
      const key = message.method ?? `answer ${message.id}`;
      current = { lines: [], reply: null };
      if (isRequest(message)) byId.set(message.id, current);
      const list = unused.get(key);
      if (list === undefined) unused.set(key, [current]);
      else list.push(current);
    } else if (entry.dir === "in") {
      const owner = isReply(message) ? byId.get(message.id) : undefined;
      if (owner !== undefined) owner.reply = line;
      (owner?.lines ?? current?.lines ?? preamble).push(line);
    }
  }
  return { preamble, unused };
}
