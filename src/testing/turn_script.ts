import {
  type NotificationMethod,
  type NotificationOf,
  type ParamsOf,
  ROUTING,
  type ServerRequestMethod,
  type ServerRequestParamsOf,
  type ServerRequestResultOf,
  type ThreadItem,
  type ThreadTokenUsage,
  type Turn,
  type UserInput,
} from "../../gen/mod.ts";
import { item, type ItemOf, type ItemType, notification, serverRequestParams, turn } from "./builders.ts";
import type { PartialDeep } from "./sample.ts";
import type { ScriptedAppServer } from "./scripted_app_server.ts";
import type { ScriptedConnection } from "./scripted_connection.ts";

/** What a turn's script returns: how the turn ends. Nothing means `completed`. */
export type TurnEnd = PartialDeep<Pick<Turn, "status" | "error">>;

/** Plays one turn. */
export type TurnScript = (turn: ScriptedTurn) => TurnEnd | void | Promise<TurnEnd | void>;

/** A turn that is being played: what the script makes it say. Ids are filled in. */
export class ScriptedTurn {
  /** The turn's id. */
  readonly id: string;
  /** The id of its thread. */
  readonly threadId: string;
  /** What `turn/start` was called with. */
  readonly params: ParamsOf<"turn/start">;
  /** Who called it. */
  readonly connection: ScriptedConnection;
  /** Aborts on `turn/interrupt`. The turn then ends as interrupted, whatever the script returns. */
  readonly signal: AbortSignal;
  readonly #steers: (readonly UserInput[])[] = [];
  readonly #abort = new AbortController();
  #last: ThreadItem | undefined;
  #items = 0;

  /** Made by {@linkcode scriptTurns}. */
  constructor(id: string, params: ParamsOf<"turn/start">, connection: ScriptedConnection) {
    this.id = id;
    this.threadId = params.threadId;
    this.params = params;
    this.connection = connection;
    this.signal = this.#abort.signal;
  }

  /** The inputs of each `turn/steer` so far. */
  get steers(): readonly (readonly UserInput[])[] {
    return this.#steers;
  }

  /** Streams an agent message: started, a delta for each text, completed. */
  message(content: string | readonly string[], options: { readonly phase?: "commentary" | "final_answer" } = {}): void {
    const deltas = typeof content === "string" ? [content] : content;
    const said = item("agentMessage", { ...options, id: `item-${++this.#items}`, text: deltas.join("") });
    this.notify("item/started", { item: { ...said, text: "" }, startedAtMs: Date.now() });
    for (const delta of deltas) this.notify("item/agentMessage/delta", { itemId: said.id, delta });
    this.notify("item/completed", { item: said, completedAtMs: Date.now() });
    this.#last = said;
  }

  /** An item, started and completed at once; built as by `item`, with an id of its own unless one is given. */
  item<K extends ItemType>(type: K, given?: PartialDeep<Omit<ItemOf<K>, "type">>): ItemOf<K> {
    const part = { id: `item-${++this.#items}`, ...given } as unknown as typeof given;
    const done = item(type, part);
    this.notify("item/started", { item: done, startedAtMs: Date.now() });
    this.notify("item/completed", { item: done, completedAtMs: Date.now() });
    return done;
  }

  /** Reports the tokens used. */
  usage(tokenUsage: PartialDeep<ThreadTokenUsage>): void {
    this.notify("thread/tokenUsage/updated", { tokenUsage });
  }

  /**
   * Sends any notification about this turn.
   *
   * @param given What matters of the params; `threadId`, `turnId` and the rest are filled in.
   */
  notify<M extends NotificationMethod>(method: M, given?: PartialDeep<NotificationOf<M>["params"]>): void {
    this.connection.notify(method, notification(method, this.#withIds(method, given)).params);
  }

  /**
   * Asks the client something about this turn.
   *
   * @param given What matters of the params; `threadId`, `turnId` and the rest are filled in.
   */
  ask<M extends ServerRequestMethod>(
    method: M,
    given?: PartialDeep<ServerRequestParamsOf<M>>,
  ): Promise<ServerRequestResultOf<M>> {
    return this.connection.ask(method, serverRequestParams(method, this.#withIds(method, given)));
  }

  /** Announces the turn. Called by {@linkcode scriptTurns}. */
  start(): void {
    this.connection.notify("turn/started", { threadId: this.threadId, turn: this.#turn({ status: "inProgress" }) });
  }

  /** Ends the turn as the real server does: with the last message alone. Called by {@linkcode scriptTurns}. */
  end(end: TurnEnd): void {
    const items = end.status === undefined || end.status === "completed" ? [this.#last].filter((each) => !!each) : [];
    const done = this.#turn({
      status: "completed",
      ...end,
      items,
      itemsView: items.length > 0 ? "summary" : "notLoaded",
    });
    this.connection.notify("turn/completed", { threadId: this.threadId, turn: done });
  }

  /** Takes further input. Called by {@linkcode scriptTurns}. */
  steer(input: readonly UserInput[]): void {
    this.#steers.push(input);
  }

  /** Aborts {@linkcode ScriptedTurn.signal}. Called by {@linkcode scriptTurns}. */
  interrupt(): void {
    this.#abort.abort(new Error(`Turn ${this.id} was interrupted`));
  }

  /** `given` with this turn's ids where such a message has them, unless it names others. */
  #withIds<T extends object | undefined>(method: string, given: T): T {
    const { thread, turn } = ROUTING[method] ?? {};
    const filled: Record<string, unknown> = { ...given };
    for (const [place, id] of [[thread, this.threadId], [turn, this.id]] as const) {
      const [key, inner] = place?.split(".") ?? [];
      if (key === undefined) continue;
      filled[key] = inner === undefined ? filled[key] ?? id : { [inner]: id, ...filled[key] as object | undefined };
    }
    return filled as T;
  }

  /** The turn as it stands in an answer or a notification. */
  #turn(given: PartialDeep<Turn>): Turn {
    return turn({ itemsView: "notLoaded", ...given, id: this.id, rootTurnId: this.id });
  }
}

/**
 * Scripts `turn/start`, `turn/steer` and `turn/interrupt`: each turn is announced, played by `script`, and completed.
 *
 * @returns The turns so far, in order, also those that are over.
 * @example
 * ```ts
 * import { Codex, finalResponse } from "@codex-app-server/sdk";
 * import { ScriptedAppServer, scriptTurns } from "@codex-app-server/sdk/testing";
 *
 * await using server = new ScriptedAppServer();
 * scriptTurns(server, (turn) => turn.message(["Hel", "lo"]));
 * await using codex = new Codex({ transport: () => server.connect() });
 * const thread = await codex.threadStart();
 * console.log(finalResponse(await thread.run("hi"))); // Hello
 * ```
 */
export function scriptTurns(server: ScriptedAppServer, script: TurnScript): readonly ScriptedTurn[] {
  const turns: ScriptedTurn[] = [];
  const running = new Map<string, ScriptedTurn>();

  async function play(playing: ScriptedTurn): Promise<void> {
    playing.start();
    try {
      const end = await script(playing);
      playing.end(playing.signal.aborted ? { status: "interrupted" } : end ?? {});
    } catch (error) {
      if (!playing.signal.aborted && !playing.connection.over) server.report(error);
      const message = error instanceof Error ? error.message : String(error);
      playing.end(playing.signal.aborted ? { status: "interrupted" } : { status: "failed", error: { message } });
    } finally {
      running.delete(playing.threadId);
    }
  }

  server.onRequest("turn/start", (params, ctx) => {
    const busy = running.get(params.threadId);
    if (busy !== undefined) {
      // As the real server: a second start on a busy thread steers the running turn.
      busy.steer(params.input);
      return { turn: turn({ id: busy.id, status: "inProgress" }) };
    }
    const playing = new ScriptedTurn(`turn-${turns.length + 1}`, params, ctx.connection);
    turns.push(playing);
    running.set(params.threadId, playing);
    ctx.reply({ turn: turn({ id: playing.id, rootTurnId: playing.id, itemsView: "notLoaded", status: "inProgress" }) });
    void play(playing);
  });
  server.onRequest("turn/steer", ({ threadId, expectedTurnId, input }, ctx) => {
    const playing = running.get(threadId);
    if (playing === undefined) return ctx.fail(-32600, "no active turn to steer");
    if (playing.id !== expectedTurnId) {
      return ctx.fail(-32600, `expected active turn id \`${expectedTurnId}\` but found \`${playing.id}\``);
    }
    playing.steer(input);
    return { turnId: playing.id };
  });
  server.onRequest("turn/interrupt", ({ threadId, turnId }, ctx) => {
    const playing = running.get(threadId);
    if (playing?.id !== turnId) return ctx.fail(-32600, "no active turn to interrupt");
    playing.interrupt();
    return {};
  });
  return turns;
}
