import type {
  AccountLoginCompletedNotification,
  CancelLoginAccountResponse,
  ChatgptDeviceCodeLoginAccountResponse,
  ChatgptLoginAccountResponse,
} from "../../gen/mod.ts";
import { ProtocolError, TimeoutError, TransportClosedError } from "../errors.ts";
import type { Notification } from "../router/notification.ts";
import { abortable } from "../util/abort.ts";
import { deferred, quiet } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import type { Connector } from "./connection/connector.ts";
import { checkCall } from "./option_checks.ts";
import type { CallOptions } from "./options.ts";

/** The answers that begin a login which the user completes elsewhere. */
export type PendingLogin = ChatgptLoginAccountResponse | ChatgptDeviceCodeLoginAccountResponse;

/**
 * A login that the user completes elsewhere: in a browser, at `response.authUrl`, or with a code on another device, at
 * `response.verificationUrl` with `response.userCode`.
 */
export class LoginHandle<R extends PendingLogin = PendingLogin> {
  /** The server's answer: where the user goes, and with which code. */
  readonly response: R;
  readonly #connector: Connector;
  readonly #completed: Promise<AccountLoginCompletedNotification>;

  /** @ignore Handles come from `codex.loginChatgpt()` and `codex.loginChatgptDeviceCode()`. */
  constructor(
    connector: Connector,
    response: R,
    completed: Promise<AccountLoginCompletedNotification>,
  ) {
    this.#connector = connector;
    this.response = response;
    this.#completed = completed;
  }

  /** The id of this login. */
  get loginId(): string {
    return this.response.loginId;
  }

  /**
   * Waits until this login, and no other, is completed. A login that failed or was cancelled resolves as well: see
   * `success` and `error`.
   *
   * @throws {TimeoutError} If `timeoutMs` is given and passes.
   * @throws {TransportClosedError} If the connection ends first.
   */
  async wait(options: CallOptions = {}): Promise<AccountLoginCompletedNotification> {
    const wrong = checkCall("wait", options);
    if (wrong !== undefined) await wrong;
    const { signal, timeoutMs } = options;
    const late = deferred<never>();
    const cancel = startTimer(timeoutMs, () => late.reject(loginTimeout(timeoutMs!)));
    try {
      return await abortable(Promise.race([this.#completed, late.promise]), signal);
    } finally {
      cancel();
    }
  }

  /** Cancels this login; `wait` then resolves with what the server says of it. */
  cancel(options?: CallOptions): Promise<CancelLoginAccountResponse> {
    return this.#connector.request("account/login/cancel", { loginId: this.loginId }, options);
  }
}

/** Begins a login and listens for its end from before it begins: it may be over before the reply. */
export async function startLogin<R extends PendingLogin>(
  connector: Connector,
  type: R["type"],
  options?: CallOptions,
): Promise<LoginHandle<R>> {
  // Whether it was completed while the connection was lost, nobody can say.
  const router = await connector.load();
  const channel = router.subscribe({ method: "account/login/completed", unbroken: true });
  try {
    const response = await connector.request("account/login/start", { type }, options);
    if (response.type !== type) {
      throw new ProtocolError(
        `A login of type ${type} was begun, and the server answered with ${response.type}`,
      );
    }
    const started = response as R;
    return new LoginHandle(connector, started, quiet(completion(connector, channel, started.loginId)));
  } catch (error) {
    channel.return?.();
    throw error;
  }
}

async function completion(
  connector: Connector,
  channel: AsyncIterableIterator<Notification>,
  loginId: string,
): Promise<AccountLoginCompletedNotification> {
  for await (const event of channel) {
    if (event.method === "account/login/completed" && event.params?.loginId === loginId) return event.params;
  }
  throw connector.router.closedError ?? new TransportClosedError("The connection was closed");
}

function loginTimeout(timeoutMs: number): TimeoutError {
  return new TimeoutError("login", timeoutMs, `The login was not completed within ${timeoutMs} ms`);
}
