import type {
  AnySchema,
  CheckIssue,
  CheckOptions,
  ParamsOf,
  RequestMethod,
  ServerRequestMethod,
} from "../../gen/mod.ts";
import { InvalidParamsError, ResponseValidationError, type ValidationIssue } from "../errors.ts";
import { nearest } from "../util/nearest.ts";
import { RecentMap } from "../util/recent_map.ts";
import type { DiagnosticListener, MessagePart } from "./diagnostic.ts";
import { methodMeant } from "./method_meant.ts";
import { namesIn } from "./param_names.ts";
import { protocol } from "./protocol.ts";
import { validate, type ValidationMode } from "./validate.ts";

/** How many different places of drift are reported and remembered. */
const REPORTED_MAX = 1000;

/** How much of the name of a place is remembered: it is the server that gives it. */
const PLACE_CHARS = 256;

const WITH_KEYS: CheckOptions = { unknownKeys: true };

/**
 * Holds messages against the protocol. What goes out must fit; what comes in must have what its type promises, and
 * whatever else it has is kept, and reported once a place if anybody listens.
 */
export class Validator {
  readonly #mode: ValidationMode;
  readonly #onDiagnostic: DiagnosticListener | undefined;
  readonly #reported = new Set<string>();
  #notificationSchemas: RecentMap<AnySchema> | undefined;

  constructor(mode: ValidationMode, onDiagnostic: DiagnosticListener | undefined) {
    this.#mode = mode;
    this.#onDiagnostic = onDiagnostic;
  }

  /**
   * Checks the params of a request. Returns them as they are to be sent: where all that they could say is optional, they
   * may be left out, but the server takes that for an error with some methods.
   *
   * @throws {InvalidParamsError} If the params do not fit the method.
   */
  params<M extends RequestMethod>(method: M, params: ParamsOf<M> | undefined): unknown {
    const { CLIENT_REQUESTS } = protocol();
    if (!Object.hasOwn(CLIENT_REQUESTS, method)) {
      const meant = methodMeant(method, Object.keys(CLIENT_REQUESTS));
      throw new TypeError(
        `${method} is no request of the pinned protocol.${meant} Use requestRaw for methods that it lacks`,
      );
    }
    const schema = CLIENT_REQUESTS[method].params;
    if (schema === null) return params;
    if (params === undefined) {
      if (validate(schema, null, "strict").length === 0) return undefined;
      if (validate(schema, {}, "strict").length === 0) return {};
    }
    const issues = validate(schema, params, "strict");
    if (issues.length === 0) return params;
    const named = issues.map((issue) => withNearest(issue, schema));
    throw new InvalidParamsError({ rpcCode: -32602, message: describe(named), method }, named);
  }

  /** @throws {ResponseValidationError} If the result lacks what the method promises; in strict mode, if it differs. */
  result(method: RequestMethod, result: unknown): void {
    const issues = this.#check(protocol().CLIENT_REQUESTS[method].result, result, "result", method);
    if (issues.length > 0) throw new ResponseValidationError(method, issues);
  }

  /**
   * Reports what is unknown, wrong or missing in the answer to `initialize`: an older server tells no more than its user
   * agent, and nothing here needs more.
   *
   * @throws {ResponseValidationError} In strict mode, if anything is.
   */
  greeting(result: unknown): void {
    const method = "initialize";
    const issues = this.#check(protocol().CLIENT_REQUESTS[method].result, result, "result", method);
    if (issues.length === 0) return;
    if (this.#mode === "strict") throw new ResponseValidationError(method, issues);
    this.#report(`invalid ${method}`, { type: "invalid-message", part: "result", method, issues });
  }

  /**
   * Reports what is unknown or wrong in a notification.
   *
   * @throws {ResponseValidationError} In strict mode, if anything is.
   */
  notification({ method, params }: { readonly method: string; readonly params?: unknown }): void {
    // Whatever is wrong with it, it is passed on; with nobody to tell, there is no use in looking.
    if (this.#mode === "off" || (this.#mode === "tolerant" && this.#onDiagnostic === undefined)) return;
    const schemas = this.#notificationSchemas ??= schemasByMethod(protocol().SERVER_NOTIFICATIONS);
    const schema = schemas.get(method);
    if (schema === undefined) return this.#unknownNotification(method);
    const issues = this.#check(schema, params, "notification", method);
    if (issues.length === 0) return;
    if (this.#mode === "strict") throw new ResponseValidationError(method, issues);
    this.#report(`invalid ${method}`, { type: "invalid-message", part: "notification", method, issues });
  }

  /** Says whether a server request can be handed to a handler, and reports what is unknown or wrong in it. */
  serverRequest(method: string, params: unknown): "valid" | "invalid" | "unknown" {
    const { SERVER_REQUESTS } = protocol();
    if (!Object.hasOwn(SERVER_REQUESTS, method)) return "unknown";
    const schema = SERVER_REQUESTS[method as ServerRequestMethod].params;
    const issues = schema === null ? [] : this.#check(schema, params, "server-request", method);
    if (issues.length === 0) return "valid";
    this.#onDiagnostic?.({ type: "invalid-message", part: "server-request", method, issues });
    return "invalid";
  }

  /** What is wrong with an answer to a server request. */
  answer(method: ServerRequestMethod, result: unknown): readonly ValidationIssue[] {
    return validate(protocol().SERVER_REQUESTS[method].result, result, "strict");
  }

  /** What makes the value unacceptable in this mode; reports the rest. */
  #check(schema: AnySchema, value: unknown, part: MessagePart, method: string): readonly CheckIssue[] {
    if (this.#mode === "off") return [];
    if (this.#mode === "strict") return validate(schema, value, "strict");
    const { typed, issues } = protocol().check(schema, value, this.#onDiagnostic === undefined ? undefined : WITH_KEYS);
    if (issues.length === 0) return issues;
    for (const issue of issues) {
      if (issue.drift === null) continue;
      this.#report(`${method} ${issue.path.replace(/\[\d+\]/g, "[]")} ${issue.message}`, {
        type: "drift",
        part,
        method,
        issue,
      });
    }
    return typed ? [] : issues.filter((issue) => issue.drift === null);
  }

  #unknownNotification(method: string): void {
    if (this.#mode === "strict") {
      throw new ResponseValidationError(method, [{ path: "", message: "no notification of the pinned protocol" }]);
    }
    this.#report(`unknown ${method}`, { type: "unknown-method", part: "notification", method });
  }

  /** Once a place: a stream of a new kind of event must not become a stream of diagnostics. */
  #report(key: string, diagnostic: Parameters<DiagnosticListener>[0]): void {
    if (this.#onDiagnostic === undefined || this.#reported.size >= REPORTED_MAX) return;
    const place = shortened(key);
    if (this.#reported.has(place)) return;
    this.#reported.add(place);
    this.#onDiagnostic(diagnostic);
  }
}

/** A name that is unknown gets the one beside it that was probably meant. */
function withNearest<I extends CheckIssue>(issue: I, schema: AnySchema): I {
  if (issue.drift !== "unknown_key") return issue;
  const near = nearest(issue.path, namesIn(schema));
  return near === undefined ? issue : { ...issue, message: `${issue.message}. Did you mean "${near}"?` };
}

function schemasByMethod(table: Readonly<Record<string, { readonly params: AnySchema }>>): RecentMap<AnySchema> {
  return new RecentMap(Object.entries(table).map(([method, { params }]) => [method, params] as const));
}

/** The beginning of a long text, as a text of its own: a slice of it would keep all of it. */
function shortened(key: string): string {
  return key.length <= PLACE_CHARS ? key : `${[...key.slice(0, PLACE_CHARS)].join("")} ${key.length}`;
}

function describe(issues: readonly ValidationIssue[]): string {
  return issues.map(({ path, message }) => path === "" ? message : `${path}: ${message}`).join("; ");
}
