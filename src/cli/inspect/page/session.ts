import type { Batch, Hello } from "../wire.ts";
import type { PageSchema } from "./schema.ts";

/** What a session tells the page. */
export interface SessionListener {
  hello(hello: Hello): void;
  batch(batch: Batch): void;
  /** Whether the inspector is there. */
  connected(isConnected: boolean): void;
}

/** Listens to the inspector, and again after it was lost: where it ended, if it is the same one. */
export function listen(listener: SessionListener): void {
  const source = new EventSource("events");
  source.addEventListener("hello", ({ data }) => listener.hello(JSON.parse(data) as Hello));
  source.addEventListener("message", ({ data }) => listener.batch(JSON.parse(data) as Batch));
  source.addEventListener("open", () => listener.connected(true));
  source.addEventListener("error", () => listener.connected(false));
}

/** Has the inspector do something. @throws {Error} With what it says against it. */
export async function act(what: "request" | "answer", body: unknown): Promise<{ connection?: number; id?: number }> {
  let response: Response;
  try {
    response = await fetch(`api/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The inspector is not there any more");
  }
  const answer = await response.json() as { error?: string; connection?: number; id?: number };
  if (!response.ok) throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

let loading: Promise<PageSchema> | undefined;

/** What is known of the protocol. */
export function loadSchema(): Promise<PageSchema> {
  return loading ??= fetch("schema.json").then((response) => response.json() as Promise<PageSchema>);
}
