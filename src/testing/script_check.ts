import {
  type AnySchema,
  check,
  CLIENT_REQUESTS,
  type NotificationMethod,
  type RequestMethod,
  SERVER_NOTIFICATIONS,
  SERVER_REQUESTS,
  type ServerRequestMethod,
} from "../../gen/mod.ts";
import type { RawError } from "../message/message.ts";

/** The script of a test is wrong: it says what the protocol does not, or nothing where something is asked. */
export class ScriptError extends Error {
  /** Says which class this is. */
  override readonly name: string = "ScriptError";
}

/** Holds a script to the protocol. With `validate: false` everything passes. */
export class ScriptCheck {
  readonly #validate: boolean;

  constructor(validate: boolean) {
    this.#validate = validate;
  }

  /** @throws {ScriptError} If the script's notification is not the protocol's. */
  notification(method: NotificationMethod, params: unknown): void {
    this.#strict(`The notification ${method}`, SERVER_NOTIFICATIONS[method]?.params, params);
  }

  /** @throws {ScriptError} If the script's request to the client is not the protocol's. */
  serverRequest(method: ServerRequestMethod, params: unknown): void {
    this.#strict(`The server request ${method}`, SERVER_REQUESTS[method]?.params, params);
  }

  /** @throws {ScriptError} If the script's answer to the client is not the protocol's. */
  result(method: RequestMethod, result: unknown): void {
    this.#strict(`The answer to ${method}`, CLIENT_REQUESTS[method]?.result, result);
  }

  /** @throws {ScriptError} If the client's answer lacks what the protocol promises. */
  answer(method: ServerRequestMethod, result: unknown): void {
    const problems = this.#validate ? problemsOf(SERVER_REQUESTS[method]?.result, result) : null;
    if (problems !== null) {
      throw new ScriptError(`The client's answer to ${method} does not fit the protocol: ${problems}`);
    }
  }

  /** How the real server would refuse a client's request, or `null` if it would look at it. */
  request(method: string, params: unknown): RawError | null {
    if (!this.#validate) return null;
    if (!Object.hasOwn(CLIENT_REQUESTS, method)) {
      return { code: -32600, message: `Invalid request: unknown variant \`${method}\`, expected one of ...` };
    }
    const schema = CLIENT_REQUESTS[method as RequestMethod].params;
    const problems = schema === null ? null : problemsOf(schema, params);
    return problems === null ? null : { code: -32600, message: `Invalid request: ${problems}` };
  }

  /** A script is the test's own text, so what the protocol does not know is a mistake in it, not news from a server. */
  #strict(what: string, schema: AnySchema | null | undefined, value: unknown): void {
    if (!this.#validate || schema === null) return;
    if (schema === undefined) throw new ScriptError(`${what} is not in the protocol`);
    const { issues } = check(schema, value, { unknownKeys: true });
    if (issues.length > 0) throw new ScriptError(`${what} does not fit the protocol: ${listed(issues)}`);
  }
}

function problemsOf(schema: AnySchema | null | undefined, value: unknown): string | null {
  if (schema === null || schema === undefined) return null;
  const { typed, issues } = check(schema, value);
  return typed ? null : listed(issues.filter((issue) => issue.drift === null));
}

function listed(issues: readonly { readonly path: string; readonly message: string }[]): string {
  return issues.map(({ path, message }) => path === "" ? message : `${path}: ${message}`).join("; ");
}
