/** One entry of a request's `input`: a message, a call, a call's output. */
export interface ModelInputItem {
  /** `message`, `function_call`, `function_call_output` ... */
  readonly type: string;
  /** Of a message: `user`, `assistant` or `developer`. */
  readonly role?: string;
  /** Of a message: a text or a list of parts. */
  readonly content?: unknown;
  /** Of a call and of its output. */
  readonly call_id?: string;
  /** Of an output: a text or a list of parts. */
  readonly output?: unknown;
  /** The rest, as sent. */
  readonly [key: string]: unknown;
}

/** A tool that is offered to the model. */
export interface ModelTool {
  /** `function`, `namespace`, `web_search` ... */
  readonly type: string;
  /** What the model calls it by. */
  readonly name?: string;
  /** The rest, as sent. */
  readonly [key: string]: unknown;
}

/** The JSON that the server sent to the model. Only what tests ask for is named; the rest is there as sent. */
export interface ModelRequestBody {
  /** The model that is asked. */
  readonly model: string;
  /** The system prompt, where it does not stand in the input. */
  readonly instructions?: string;
  /** The whole conversation so far. */
  readonly input: readonly ModelInputItem[];
  /** The tools that the model may call. */
  readonly tools?: readonly ModelTool[];
  /** The rest, as sent. */
  readonly [key: string]: unknown;
}

/** A request that a `ScriptedModel` got. */
export class ModelRequest {
  /** The parsed body. */
  readonly body: ModelRequestBody;
  /** The HTTP headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;

  /** Made by the model. */
  constructor(body: ModelRequestBody, headers: Readonly<Record<string, string>>) {
    this.body = body;
    this.headers = headers;
  }

  /** The text of the last user message: the turn's input, or the last `steer`. `null` if there is none. */
  get lastUserText(): string | null {
    const last = this.#input.findLast((item) => item.role === "user");
    return last === undefined ? null : textOf(last.content);
  }

  /** The texts of every user message, in order, with those that the server adds by itself. */
  get userTexts(): readonly string[] {
    return this.#input.filter((item) => item.role === "user").map((item) => textOf(item.content));
  }

  /**
   * What a call gave back to the model: of the call with that id, or of the last call.
   *
   * @returns The output's text, or `null` if there was no such call.
   */
  toolOutput(callId?: string): string | null {
    const last = this.#input.findLast((item) => "output" in item && (callId === undefined || item.call_id === callId));
    return last === undefined ? null : textOf(last.output);
  }

  /**
   * What a command printed: the output of an `exec_command` call without the lines that the server puts above it.
   *
   * @returns The text after `Output:`, the whole output if there is no such line, or `null` if there was no such call.
   */
  commandOutput(callId?: string): string | null {
    return this.toolOutput(callId)?.replace(/^(?:.*\n)*?Output:\n/, "") ?? null;
  }

  /** The URL of every image in the conversation, in order: what users gave, and what `view_image` looked at. */
  get images(): readonly string[] {
    return this.#input.flatMap((item) => imagesOf(item.content).concat(imagesOf(item.output)));
  }

  get #input(): readonly ModelInputItem[] {
    return Array.isArray(this.body.input) ? this.body.input : [];
  }
}

/** The text of a message's content or a call's output, which are a string or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content === undefined ? "" : JSON.stringify(content);
  return content.map((part) => typeof part?.text === "string" ? part.text : "").join("");
}

function imagesOf(parts: unknown): string[] {
  if (!Array.isArray(parts)) return [];
  return parts.map((part) => part?.image_url).filter((url): url is string => typeof url === "string");
}
