/** What the server prints when it drops a message that it cannot read. */
const UNREADABLE = "Failed to deserialize JSONRPCMessage";
/** How much of a line is looked at; it is the beginning that says what it is. */
const MAX_LINE = 1000;

/** Reads the server's stderr as it comes, cut anywhere, for the one thing there that explains why an answer is missing. */
export function watchStderr(onUnreadable: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!.slice(0, MAX_LINE);
    for (const line of lines) if (line.includes(UNREADABLE)) onUnreadable(line.slice(0, MAX_LINE));
  };
}
