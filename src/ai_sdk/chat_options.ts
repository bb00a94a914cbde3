import type { ThreadStartParams } from "../../gen/mod.ts";
import type { Codex, TurnOptions } from "../../mod.ts";
import type { ApprovalPolicy } from "../policies/mod.ts";
import type { ToolSet } from "../tools/mod.ts";
import {
  anything,
  atLeast,
  callback,
  checkOptions,
  flag,
  integer,
  listOf,
  objectWith,
  type OptionChecks,
  text,
  wrong,
} from "../util/options.ts";
import { STREAM_OPTIONS, type UIMessageStreamOptions } from "./ui_message_stream.ts";

/** Who asks, as {@linkcode ChatHandlerOptions.authorize} says. */
export interface ChatSession {
  /**
   * Whoever it is: a user, or a browser's session. A session sees the threads that it has started, and answers what is
   * asked in them; nobody else does.
   */
  readonly id: string;
  /**
   * Whether the session may use a thread that it has not started at this handler: one that your database says is theirs.
   * Called with what the page sent, so look the id up and nothing else. Default: it may not.
   */
  readonly owns?:
    | ((threadId: string) => boolean | Promise<boolean>)
    | undefined;
}

/** Options of {@linkcode createChatHandler}. */
export interface ChatHandlerOptions extends UIMessageStreamOptions {
  /** The client whose threads the chats are. */
  readonly codex: Codex;
  /**
   * Says who sends a request, by its cookie or its headers; it must not read the body. `null`: nobody who may (401). A
   * `Response` is sent as it is.
   */
  readonly authorize: (
    request: Request,
  ) =>
    | ChatSession
    | Response
    | null
    | undefined
    | Promise<ChatSession | Response | null | undefined>;
  /** What new threads are started with; or a function of who asks. */
  readonly threadParams?:
    | ThreadStartParams
    | ((
      session: ChatSession,
      request: Request,
    ) => ThreadStartParams | Promise<ThreadStartParams>)
    | undefined;
  /** What every turn is given; or a function of the body that the page has sent, nothing of which is to be trusted. */
  readonly turnOptions?:
    | TurnOptions
    | ((
      session: ChatSession,
      body: { readonly [name: string]: unknown },
    ) => TurnOptions | Promise<TurnOptions>)
    | undefined;
  /** Tools that the agent may call in every thread; see `@codex-app-server/sdk/tools`. */
  readonly tools?: ToolSet | undefined;
  /** Judges what the agent asks for before a person is asked; see `@codex-app-server/sdk/policies`. */
  readonly policy?: ApprovalPolicy | undefined;
  /** Told of every thread that is started, before its first turn: keep whose it is. If it throws, there is no turn. */
  readonly onThread?:
    | ((threadId: string, session: ChatSession) => void | Promise<void>)
    | undefined;
  /** Told what went wrong, of which the page has learnt no more than that. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * How long a question waits for an answer, in milliseconds; then it is refused, and the turn goes on. 0: as long as the
   * client's `serverRequestTimeoutMs` (ten minutes), which holds in any case. Default 0.
   */
  readonly approvalTimeoutMs?: number | undefined;
  /** Whether the turn is interrupted when the last page that reads it goes away. Default `false`: it goes on. */
  readonly stopOnDisconnect?: boolean | undefined;
  /** How long a finished message is kept for pages that come back, in milliseconds. Default 60,000. */
  readonly keepMs?: number | undefined;
  /** How much of a message is kept, in bytes; of a longer one the oldest parts go. Default 4 MiB. */
  readonly maxLogBytes?: number | undefined;
  /** How large a request may be, in bytes. Default 4 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** How many threads the handler remembers the owners of. Default 10,000; `owns` knows those that are older. */
  readonly maxThreads?: number | undefined;
  /** Further origins, such as `https://app.example`, whose pages may send requests. Default: the server's own alone. */
  readonly origins?: readonly string[] | undefined;
}

const CHAT_OPTIONS: OptionChecks<ChatHandlerOptions> = {
  ...STREAM_OPTIONS,
  codex: objectWith("a Codex", "threadStart", "threadResume", "request"),
  authorize: callback,
  threadParams: anything,
  turnOptions: anything,
  tools: anything, // `codex` checks them
  policy: callback,
  onThread: callback,
  onError: callback,
  approvalTimeoutMs: atLeast(0),
  stopOnDisconnect: flag,
  keepMs: atLeast(0),
  maxLogBytes: atLeast(10_000),
  maxBodyBytes: atLeast(1),
  maxThreads: integer(1),
  origins: listOf("a list of origins", text),
};

/**
 * @throws {TypeError} If there is no such option, one is of another type, or one is missing that has to be there.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkChatOptions(options: ChatHandlerOptions): void {
  const where = "createChatHandler";
  if (options === undefined || options === null) {
    throw wrong(`${where}: the options`, "an object", options);
  }
  checkOptions(where, options, CHAT_OPTIONS);
  if (options.codex === undefined) {
    throw wrong(`${where}: the option codex`, "a Codex", undefined);
  }
  if (options.authorize !== undefined) return;
  throw wrong(
    `${where}: the option authorize`,
    "a function that says who sends a request",
    undefined,
    'Without it everybody would see everybody\'s threads, and answer for them. For one user alone: () => ({ id: "me" })',
  );
}

/** @throws {TypeError} If it is none. */
export function checkSession(given: unknown): asserts given is ChatSession {
  const { id, owns } = Object(given);
  if (
    typeof id === "string" && id !== "" &&
    (owns === undefined || typeof owns === "function")
  ) return;
  throw new TypeError(
    "authorize has to return { id, owns? } with a string as id, a Response, or null",
  );
}
