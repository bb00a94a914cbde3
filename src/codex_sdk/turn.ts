import type { Turn, UserInput } from "../../gen/mod.ts";
import type { TurnOptions } from "../client/options.ts";
import type { TurnHandle } from "../client/turn/turn_handle.ts";
import type { Notification } from "../router/notification.ts";
import type { ThreadEvent } from "./events.ts";
import { ExecEvents, turnOf, warningOf } from "./exec_events.ts";
import type { OpenedThread } from "./open_thread.ts";
import type { Life } from "./server.ts";

/** Said of a thread that was resumed with another model than its last turn had: from the next turn on it is the same. */
const OF_OLD_MODEL = /^This session was recorded with model /;

/** What is asked of a thread, and where its events go. */
export interface TurnRequest {
  readonly input: UserInput[];
  readonly options: Pick<TurnOptions, "outputSchema" | "checkOutputSchema" | "cyberAccessProgram">;
  readonly emit: (event: ThreadEvent) => void;
}

/**
 * Runs one turn to its end, which an abort brings about.
 *
 * @throws {Error} If the turn failed or was interrupted, behind its last event: there `codex exec` ends with 1.
 */
export async function runTurn(
  { codex, warnings: configured }: Life,
  { thread, early }: OpenedThread,
  { input, options, emit }: TurnRequest,
  given: AbortSignal,
): Promise<void> {
  const { native } = thread;
  // Listens before it asks: some of what is said of a turn comes before its id does.
  const happened = native.events();
  try {
    emit({ type: "thread.started", thread_id: native.id });
    if (given.aborted) return;
    const turn = await native.turn(input, options);
    const stop = () => void turn.interrupt().catch(() => {}); // it is over, then
    given.aborted ? stop() : given.addEventListener("abort", stop, { once: true });
    const exec = new ExecEvents(turn.id);
    const tell = (told: Iterable<ThreadEvent>) => [...told].forEach(emit);
    const events = untilOver(turn, happened);
    const { first, warnings } = await untilTurn(turn, events);
    const now = first === undefined || early === undefined ? warnings : (await untilTurn(turn, early)).warnings;
    // What was said when the thread was opened holds for each of its runs; some of it is said anew.
    tell(exec.warnings([...configured, ...thread.warnings.filter((warning) => !now.includes(warning)), ...now]));
    if (early !== undefined) thread.warnings.push(...now.filter((warning) => !OF_OLD_MODEL.test(warning)));
    for (let event = first; event !== undefined && exec.failure === undefined; event = (await events.next()).value) {
      tell(exec.translate(event));
    }
    given.removeEventListener("abort", stop);
    if (exec.failure != null) throw new Error(exec.failure);
  } finally {
    await happened.return?.();
    // Commands outlive the turn that is interrupted; those of a process that is killed do not.
    if (given.aborted) await codex.request("thread/backgroundTerminals/clean", { threadId: native.id }).catch(() => {});
  }
}

/** The thread's events; at the end that of the turn, also if the server forgot to tell it. */
async function* untilOver(
  turn: TurnHandle,
  happened: AsyncIterableIterator<Notification>,
): AsyncGenerator<Notification> {
  await turn[Symbol.asyncDispose](); // for streams that nobody will open
  let over: { readonly turn: Turn } | { readonly error: unknown } | undefined;
  const settled = turn.run().then((turn) => ({ turn }), (error) => ({ error }));
  void settled.then(async (outcome) => {
    await new Promise((resolve) => setTimeout(resolve)); // what has come is read first
    over = outcome;
    await happened.return?.();
  });
  yield* happened;
  if (over === undefined) return;
  if ("error" in over) throw over.error;
  yield { method: "turn/completed", params: { threadId: turn.threadId, turn: over.turn } };
}

/** Reads up to the first event of the turn, and keeps what is worth knowing before. */
async function untilTurn(
  turn: TurnHandle,
  events: AsyncIterator<Notification, unknown>,
): Promise<{ readonly first: Notification | undefined; readonly warnings: string[] }> {
  const warnings: string[] = [];
  for (;;) {
    const { done, value: event } = await events.next() as IteratorResult<Notification, undefined>;
    if (done === true) return { first: undefined, warnings };
    if (turnOf(event) === turn.id) return { first: event, warnings };
    const { threadId } = event.params as { threadId?: string | null };
    const warning = threadId == null || threadId === turn.threadId ? warningOf(event) : null;
    // Of its configuration the server speaks when it starts, and all runs are told.
    if (warning !== null && event.method !== "configWarning") warnings.push(warning);
  }
}
