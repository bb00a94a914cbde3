import { BoundedMap } from "../util/bounded_map.ts";

/** The model that answers in a thread, as far as it is known. */
export interface ThreadModel {
  readonly model: string | undefined;
  readonly provider: string | undefined;
}

/** The requests whose answers tell of it. */
const TELL: ReadonlySet<string> = new Set(["thread/start", "thread/resume", "thread/fork", "thread/unarchive"]);

/** How much is remembered of all threads. */
const MAX_BYTES = 262_144;

const NONE: ThreadModel = { model: undefined, provider: undefined };

/** Which models work in the threads of a server. */
export class ThreadModels {
  readonly #known = new BoundedMap<ThreadModel>(
    MAX_BYTES,
    ({ model, provider }) => (model?.length ?? 0) + (provider?.length ?? 0),
  );

  isToldBy(method: string): boolean {
    return TELL.has(method);
  }

  /** Learns from whatever names a thread and its model: an answer, the record of a thread, its settings. */
  told(value: unknown): void {
    const given = fields(value);
    const [thread, settings] = [fields(given["thread"]), fields(given["threadSettings"])];
    const threadId = text(given["threadId"]) ?? text(thread["id"]);
    if (threadId === undefined) return;
    const model = text(given["model"]) ?? text(settings["model"]) ?? text(thread["model"]);
    const provider = text(given["modelProvider"]) ?? text(settings["modelProvider"]) ?? text(thread["modelProvider"]);
    this.#set(threadId, { model, provider });
  }

  /** A turn chooses another model, from now on. */
  chosen(threadId: string, model: string): void {
    this.#set(threadId, { model, provider: undefined });
  }

  /** That of the last thread of a path. A sub-agent of which nothing is told has its parent's. */
  of(path: readonly string[]): ThreadModel {
    const known = path.map((threadId) => this.#known.get(threadId) ?? NONE).reverse();
    return {
      model: known.find(({ model }) => model !== undefined)?.model,
      provider: known.find(({ provider }) => provider !== undefined)?.provider,
    };
  }

  #set(threadId: string, { model, provider }: ThreadModel): void {
    const before = this.#known.get(threadId) ?? NONE;
    this.#known.set(threadId, { model: model ?? before.model, provider: provider ?? before.provider });
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
