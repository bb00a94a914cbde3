// Programs that build on the classes: subclasses, fakes, maps of threads.
import {
  Codex,
  type CodexOptions,
  type Input,
  type RunResult,
  Thread,
  type ThreadEvent,
  type ThreadOptions,
} from "@openai/codex-sdk";

export class Logged extends Codex {
  readonly started: Thread[] = [];

  constructor(options?: CodexOptions) {
    super(options);
  }

  override startThread(options?: ThreadOptions): Thread {
    const thread = super.startThread({ skipGitRepoCheck: true, ...options });
    this.started.push(thread);
    return thread;
  }
}

/** What a program's tests put in the place of a thread. */
type Runs = Pick<Thread, "run" | "runStreamed" | "id">;

export class FakeThread implements Runs {
  readonly id: string | null = null;
  run(input: Input): Promise<RunResult> {
    return Promise.resolve({
      items: [{ id: "item_0", type: "agent_message", text: String(input) }],
      finalResponse: "",
      usage: null,
    });
  }
  runStreamed(): Promise<{ events: AsyncGenerator<ThreadEvent> }> {
    async function* events(): AsyncGenerator<ThreadEvent> {
      yield { type: "thread.started", thread_id: "1" };
      yield {
        type: "item.completed",
        item: { id: "item_0", type: "file_change", changes: [{ path: "a", kind: "add" }], status: "completed" },
      };
      yield { type: "turn.failed", error: { message: "no" } };
    }
    return Promise.resolve({ events: events() });
  }
}

const threads = new Map<string, Thread>();
export function threadOf(codex: Codex, key: string): Thread {
  const known = threads.get(key);
  if (known instanceof Thread) return known;
  const thread = codex.startThread();
  threads.set(key, thread);
  return thread;
}
export const all: Runs[] = [new FakeThread(), new Logged({}).startThread()];
