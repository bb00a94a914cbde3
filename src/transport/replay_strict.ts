import { ProtocolError } from "../errors.ts";
import { describeDifferences, differences } from "./difference.ts";
import { redact } from "./redact.ts";
import { isReply, isRequest, parseMessage, type ReplayMessage, type ReplayScript, withId } from "./replay_script.ts";
import type { TranscriptEntry } from "./transcript.ts";

/** Plays a transcript in its own order and refuses every deviation. */
export function strictScript(entries: readonly TranscriptEntry[], ignore: readonly string[]): ReplayScript {
  /** The recorded id of each request of the client, to the id that this client gave it. */
  const ids = new Map<string | number, string | number>();
  let next = 0;

  function* incoming(): Iterable<string> {
    for (let entry = entries[next]; entry?.dir === "in"; entry = entries[next]) {
      next++;
      const line = entry.line ?? "";
      const message = parseMessage(line);
      const id = isReply(message) ? ids.get(message.id) : undefined;
      yield id === undefined ? line : withId(line, id);
    }
  }

  function match(line: string, sent: ReplayMessage | null): void {
    const entry = entries[next];
    if (entry?.dir !== "out") {
      throw new ProtocolError(
        `Replay: the client sent ${describe(sent, line)}, but the transcript has nothing more for it to send`,
      );
    }
    const recorded = parseMessage(entry.line ?? "");
    const where = `Replay, line ${next + 1} of the transcript`;
    if (recorded?.method !== sent?.method) {
      throw new ProtocolError(
        `${where}: the client sent ${describe(sent, line)} where the transcript has ${
          describe(recorded, entry.line ?? "")
        }`,
      );
    }
    if (isRequest(recorded) && isRequest(sent)) ids.set(recorded.id, sent.id);
    const found = differences(withoutOwnId(recorded), withoutOwnId(parseMessage(redact(line))), ignore);
    if (found.length > 0) {
      throw new ProtocolError(
        `${where}: what the client sent differs from the recorded ${describe(recorded, entry.line ?? "")}\n${
          describeDifferences(found)
        }`,
      );
    }
    next++;
  }

  return {
    begin: incoming,
    sent: function* (line) {
      match(line, parseMessage(line));
      yield* incoming();
    },
    over: () => {
      const entry = entries[next];
      return entry?.dir === "end" ? entry : null;
    },
    remaining: () => entries.slice(next).filter((entry) => entry.dir === "out").length,
  };
}

/** The client chooses the ids of its own requests; those of its answers are the server's and must agree. */
function withoutOwnId(message: ReplayMessage | null): unknown {
  if (!isRequest(message)) return message;
  const { id: _, ...rest } = message;
  return rest;
}

function describe(message: ReplayMessage | null, line: string): string {
  if (message?.method !== undefined) return message.method;
  if (isReply(message)) return `the answer to server request ${message.id}`;
  return `"${line.slice(0, 80)}"`;
}
