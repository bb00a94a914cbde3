import type { ParamsOf, RequestMethod, ResultOf } from "../../gen/mod.ts";
import type { RequestId } from "../message/message.ts";
import type { ScriptedConnection } from "./scripted_connection.ts";

/** What the script of a request knows beside its params. */
export interface RequestContext<M extends RequestMethod> {
  /** The request's id, as the client sent it. */
  readonly id: RequestId;
  /** What is called. */
  readonly method: M;
  /** The client that asks. */
  readonly connection: ScriptedConnection;
  /** Answers now, so that what the script sends next comes after the answer. Twice is a fault on purpose. */
  reply(result: ResultOf<M>): void;
  /** Answers with a JSON-RPC error. */
  fail(code: number, message: string, data?: unknown): void;
  /** Says that there will be no answer, on purpose. */
  never(): void;
}

/** Answers one kind of request: by what it returns, unless it has used `ctx.reply`, `ctx.fail` or `ctx.never`. */
export type RequestScript<M extends RequestMethod> = (
  params: ParamsOf<M>,
  ctx: RequestContext<M>,
) => ResultOf<M> | void | Promise<ResultOf<M> | void>;
