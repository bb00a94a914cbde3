import type { Turn, TurnInterruptResponse } from "../../../gen/mod.ts";
import { InvalidRequestError, TransportClosedError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { ResolvedLimits } from "../../router/limits.ts";
import type { OpenTurn } from "../../router/open_turns.ts";
import type { Router } from "../../router/router.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { abortable } from "../../util/abort.ts";
import { BoundedMap } from "../../util/bounded_map.ts";
import { isRetryableError } from "../retry.ts";
import { sleep, startTimer } from "../../util/timer.ts";

/** The pause before an interrupt is sent, or sent again. */
const PAUSE_MS = 50;
/** How long after the end of a turn the answer to its interrupt may still be on its way: often there is none then. */
const ENDED_GRACE_MS = 500;
/** How long a review may take until it is told of the turn that does its work. */
const REVIEW_BEGINS_MS = 1000;

/** A turn of this client, or of an agent that works for one. */
interface Target {
  readonly threadId: string;
  readonly id: string;
  readonly over: boolean;
  /** Of a turn that has a record. */
  readonly done?: Promise<Turn>;
}

/**
 * Interrupts turns, and the turns of the agents that work for them: one request a turn at a time, bounded in time, ahead
 * of whatever waits to be sent.
 */
export class Interrupts {
  readonly #router: Router;
  readonly #limits: ResolvedLimits;
  readonly #onDiagnostic: DiagnosticListener;
  readonly #running = new Map<TurnRecord, Promise<TurnInterruptResponse>>();
  /** The ids of those whose agents are stopped as they begin. */
  readonly #stopped: BoundedMap<true>;
  readonly #stopping = new Set<{ readonly threadId: string; readonly stopped: Promise<void> }>();

  constructor(router: Router, limits: ResolvedLimits, onDiagnostic: DiagnosticListener) {
    this.#router = router;
    this.#limits = limits;
    this.#onDiagnostic = onDiagnostic;
    this.#stopped = new BoundedMap(limits.rememberedBytes);
  }

  /** Asks the server to interrupt a turn and its agents. While one such request is out, others get its answer. */
  interrupt(record: TurnRecord): Promise<TurnInterruptResponse> {
    let running = this.#running.get(record);
    if (running === undefined) {
      running = this.#interrupt(record).finally(() => this.#running.delete(record));
      this.#running.set(record, running);
    }
    return running;
  }

  /** Interrupts a turn that nobody wants any more, as soon as its id is known. What goes wrong is a diagnostic. */
  stop(threadId: string, starting: Promise<TurnRecord | undefined>): void {
    const stopped = starting.then((record) => record && this.#stop(record), () => {});
    const entry = { threadId, stopped };
    this.#stopping.add(entry);
    stopped.then(() => this.#stopping.delete(entry));
  }

  /** An agent has begun to work for a turn: too late, if that was interrupted. */
  agentBegun(open: OpenTurn): void {
    const { rootTurnId, threadId } = open;
    if (this.#router.turns.find(rootTurnId)?.threadId === threadId) return; // does the work of a review
    if (this.#stopped.has(rootTurnId)) void this.#stopAgents([open], rootTurnId);
  }

  /** Resolves when no turn of the thread is being stopped: one that began earlier would join the one that ends. */
  async settled(threadId: string, signal: AbortSignal): Promise<void> {
    for (let stopping; (stopping = this.#stopOf(threadId)) !== undefined;) await abortable(stopping.stopped, signal);
  }

  /** Whether a turn of the thread is being stopped. */
  stops(threadId: string): boolean {
    return this.#stopOf(threadId) !== undefined;
  }

  #stopOf(threadId: string): { readonly stopped: Promise<void> } | undefined {
    for (const entry of this.#stopping) if (entry.threadId === threadId) return entry;
    return undefined;
  }

  async #stop(record: TurnRecord): Promise<void> {
    if (record.over) return;
    const { threadId, id: turnId } = record;
    let cancel = () => {};
    const bound = new Promise<void>((resolve) => {
      cancel = startTimer(this.#limits.interruptTimeoutMs, resolve);
    });
    try {
      await this.interrupt(record);
      await Promise.race([record.done.catch(() => {}), bound]);
    } catch (error) {
      if (!record.over) this.#onDiagnostic({ type: "interrupt-failed", threadId, turnId, error });
    } finally {
      cancel();
    }
  }

  async #interrupt(record: TurnRecord): Promise<TurnInterruptResponse> {
    this.#stopped.set(record.id, true);
    const agents = this.#router.family.openTurns.agentsOf(record);
    const [answer] = await Promise.allSettled([this.#request(record), this.#stopAgents(agents, record.id)]);
    if (answer.status === "fulfilled") return answer.value;
    // A turn that is over may have left agents behind: then there was something to interrupt.
    if (record.over && agents.length > 0) return {};
    throw answer.reason;
  }

  /** Interrupts what agents do for a turn. A thread that is none of its family is left alone. */
  async #stopAgents(agents: readonly OpenTurn[], rootTurnId: string): Promise<void> {
    const { openTurns, tree } = this.#router.family;
    const failed: { readonly threadId: string; readonly error: unknown }[] = [];
    await Promise.all(agents.map(async ({ threadId, turnId: id, rootThreadId }) => {
      if (id === null) return; // stopped when it begins
      const isForeign = rootThreadId !== null && tree.path(threadId) !== null && !tree.isWithin(threadId, rootThreadId);
      const error = isForeign ? new Error(`Thread ${threadId} is no sub-agent of the turn's`) : await this.#request({
        threadId,
        id,
        get over() {
          return openTurns.get(threadId)?.turnId !== id;
        },
      }).then(() => undefined, (reason: unknown) => reason);
      if (error !== undefined && openTurns.get(threadId)?.turnId === id) failed.push({ threadId, error });
    }));
    if (failed.length === 0) return;
    const agentThreadIds = failed.map(({ threadId }) => threadId);
    this.#onDiagnostic({ type: "agents-go-on", turnId: rootTurnId, agentThreadIds, error: failed[0]!.error });
  }

  async #request(record: Target): Promise<TurnInterruptResponse> {
    const { threadId } = record;
    const turnId = await this.#activeId(record);
    const params = { threadId, turnId };
    let timeoutMs = this.#limits.interruptTimeoutMs;
    const until = performance.now() + timeoutMs;
    // The server does not answer if the turn ends in the moment in which it is asked.
    const { ended: signal, stop } = endOf(record);
    try {
      for (;;) {
        try {
          return await this.#router.request("turn/interrupt", params, { priority: "urgent", timeoutMs, signal });
        } catch (error) {
          if (error === INTERRUPTED) return {};
          timeoutMs = until - performance.now() - PAUSE_MS;
          if (timeoutMs <= 0 || record.over || !this.#mayStillWork(error)) throw error;
        }
        await sleep(PAUSE_MS);
      }
    } finally {
      stop();
    }
  }

  /**
   * A review is told of by one id, and interrupted by that of the turn which does its work. By its own it may be as well
   * before that turn begins, but then the server forgets to answer.
   */
  async #activeId({ threadId, id }: Target): Promise<string> {
    const { family, work } = this.#router;
    const until = performance.now() + REVIEW_BEGINS_MS;
    for (;;) {
      const running = work.running(threadId);
      if (running?.kind !== "review" || running.turnId !== id) return id;
      const active = family.openTurns.get(threadId)?.turnId;
      if (active != null || performance.now() > until) return active ?? id;
      await sleep(PAUSE_MS);
    }
  }

  #mayStillWork(error: unknown): boolean {
    // The id of a turn is known a moment before the server can interrupt it; until then it may name the one before.
    if (error instanceof InvalidRequestError) return /no active turn|expected active turn/i.test(error.message);
    if (isRetryableError(error)) return true;
    // The connection is lost and the turn is not: it goes on over the next one.
    return error instanceof TransportClosedError && this.#router.closedError === undefined;
  }
}

/** Why an answer is no longer waited for: the turn has ended as it should. */
const INTERRUPTED = new Error("The turn was interrupted");

/** Aborts a moment after the end of a turn, with what its interrupt came to. */
function endOf({ done }: Target): { readonly ended: AbortSignal; readonly stop: () => void } {
  const controller = new AbortController();
  let cancel = () => {};
  let stopped = false;
  done?.then(({ status }) => {
    if (stopped) return;
    const over = {
      rpcCode: -32600,
      message: "no active turn to interrupt: it has just ended",
      method: "turn/interrupt",
    };
    const reason = status === "interrupted" ? INTERRUPTED : new InvalidRequestError(over);
    cancel = startTimer(ENDED_GRACE_MS, () => controller.abort(reason));
  }, () => {});
  return {
    ended: controller.signal,
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
