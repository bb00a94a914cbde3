/** What a replay does, without any stream: lines of the client in, lines of the server out. */
export interface ReplayScript {
  /** What the server says before the client has sent anything. */
  begin(): Iterable<string>;
  /** Takes a line of the client and gives what the server says next. Throws where the line does not fit. */
  sent(line: string): Iterable<string>;
  /** The recorded end, once everything before it has been played. */
  over(): { readonly error?: string } | null;
  /** How many lines of the client are still to come. */
  remaining(): number;
}

/** A JSON-RPC message, as far as a replay looks at it. */
export interface ReplayMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Reads a line as a message; `null` if it is not a JSON object. */
export function parseMessage(line: string): ReplayMessage | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a message asks for a reply. */
export function isRequest(message: ReplayMessage | null): message is ReplayMessage & { id: string | number } {
  return message?.id !== undefined && message.method !== undefined;
}

/** Whether a message is a reply. */
export function isReply(message: ReplayMessage | null): message is ReplayMessage & { id: string | number } {
  return message?.id !== undefined && message.method === undefined;
}

/** Puts an id into a recorded reply. What is not a reply stays as it was recorded, to the byte. */
export function withId(line: string, id: string | number): string {
  const message = parseMessage(line);
  return message === null ? line : JSON.stringify({ ...message, id });
}
