import type { LocalServer } from "../transport/transport.ts";
import { BoundedMap } from "../util/bounded_map.ts";
import { fields } from "./parent_of.ts";

/** What is known of a thread that works on this machine, and nowhere else. */
export interface LocalThread extends LocalServer {
  /**
   * Folders that the sandbox has let the agent write to without asking, in any turn so far, and files that it was allowed
   * to change. What lies there may be the agent's own. A folder that a permission profile of the server's configuration
   * adds is not among them.
   */
  readonly writable: readonly string[];
}

/** What an answer has opened to the agent. */
export interface Granted {
  readonly folders: readonly string[];
  /** Files that it has written, each for itself. */
  readonly files: readonly string[];
}

/** The sandboxes that say which folders they open. */
const BOUNDED: ReadonlySet<unknown> = new Set(["readOnly", "workspaceWrite"]);

/** How many folders of a thread are remembered. A thread with more is one of which nothing is known. */
const FOLDERS_MAX = 64;

/** How many files that were changed are remembered each for itself. Of further ones their folders are. */
const FILES_MAX = 256;

interface Place {
  readonly folders: Set<string>;
  readonly files: Set<string>;
  parent: string | null;
  /** Whether anything runs in an environment of another name than the server's own machine. */
  elsewhere: boolean;
  /** Whether a sandbox was told. */
  sandboxed: boolean;
  /** Whether the one that was told last keeps the agent from no folder. */
  unbounded: boolean;
  /** Whether all that is not known to be harmless is asked for, sandbox or not. */
  asksFirst: boolean;
  tempDir: boolean;
  slashTmp: boolean;
}

/**
 * Where threads work: learned from what is asked of the server and from what it says, and never unlearned, for a folder
 * that was open to the agent once may hold what it left there.
 */
export class ThreadPlaces {
  readonly #places: BoundedMap<Place>;

  /** @param maxBytes How much is remembered of all threads. */
  constructor(maxBytes: number) {
    this.#places = new BoundedMap(maxBytes, sizeOf);
  }

  /** Whether anything was told of a thread. */
  has(threadId: string): boolean {
    return this.#places.has(threadId);
  }

  /** Takes in the params of a request. */
  asked(params: unknown): void {
    const { threadId } = fields(params);
    if (typeof threadId === "string") this.#learn(threadId, params, false);
  }

  /** Takes in what the server tells of a thread: a result, or the params of a notification. */
  told(news: unknown): void {
    const { thread, threadId, threadSettings } = fields(news);
    const { id, parentThreadId } = fields(thread);
    if (typeof id === "string") {
      const place = this.#learn(id, thread, true);
      if (typeof parentThreadId === "string" && parentThreadId !== id) place.parent = parentThreadId;
      this.#learn(id, news, true);
    } else if (typeof threadId === "string" && threadSettings !== undefined) {
      this.#learn(threadId, threadSettings, true);
    }
  }

  /**
   * Takes in folders and files that an answer has opened to a thread. What is left there, the threads above it and beside
   * it may come upon, so they count for all that have the same thread at the top.
   */
  granted(threadId: string, { folders, files }: Granted): void {
    if (folders.length + files.length === 0) return;
    let top = threadId;
    const seen = new Set<string>();
    for (let at: string | null = threadId; at !== null && !seen.has(at); at = this.#places.get(at)?.parent ?? null) {
      seen.add(at);
      top = at;
    }
    // Of a thread that nobody has told of, nothing else is known either.
    if (this.#places.get(top) === undefined) this.#learn(top, { environments: [{}] }, true);
    const place = this.#learn(top, { sandboxPolicy: { writableRoots: folders } }, true);
    for (const file of files) {
      if ([...place.folders].some((folder) => file.startsWith(`${folder}/`)) || place.files.has(file)) continue;
      if (place.files.size < FILES_MAX) place.files.add(file);
      else if (place.folders.size <= FOLDERS_MAX) place.folders.add(file.replace(/[/\\][^/\\]*$/, "") || "/");
    }
    this.#places.set(top, place);
  }

  /** What is known of a thread, if all of it works on the server's own machine; else `null`. */
  local(threadId: string | null, server: LocalServer): LocalThread | null {
    const [folders, files] = [new Set<string>(), new Set<string>()];
    let sandboxed = false;
    const seen = new Set<string>();
    for (let id = threadId; id !== null;) {
      const place = this.#places.get(id);
      if (place === undefined || place.elsewhere || seen.has(id)) return null;
      seen.add(id);
      for (const folder of place.folders) folders.add(folder);
      for (const file of place.files) files.add(file);
      if (place.slashTmp) folders.add("/tmp");
      if (place.tempDir) folders.add(server.env("TMPDIR") ?? "/tmp");
      sandboxed ||= place.sandboxed;
      id = place.parent;
    }
    if (threadId === null || folders.size > FOLDERS_MAX) return null;
    // Of a thread whose sandbox nobody has told: the widest that the server gives by itself.
    if (!sandboxed) folders.add("/tmp").add(server.env("TMPDIR") ?? "/tmp");
    return { env: (name) => server.env(name), writable: [...folders, ...files] };
  }

  /** @param fresh Whether a thread that is not known yet may become known by this. */
  #learn(threadId: string, facts: unknown, fresh: boolean): Place {
    const known = this.#places.get(threadId);
    const place = known ?? {
      folders: new Set(),
      files: new Set(),
      parent: null,
      elsewhere: false,
      sandboxed: false,
      unbounded: false,
      asksFirst: false,
      tempDir: false,
      slashTmp: false,
    };
    const { cwd, runtimeWorkspaceRoots, sandbox, sandboxPolicy, environments, approvalPolicy } = fields(facts);
    const { type, writableRoots, excludeTmpdirEnvVar, excludeSlashTmp } = fields(sandboxPolicy ?? sandbox);
    const folders = [cwd, ...list(runtimeWorkspaceRoots), ...list(writableRoots)];
    for (const environment of list(environments)) {
      const { environmentId, cwd, runtimeWorkspaceRoots } = fields(environment);
      if (environmentId !== "local") place.elsewhere = true;
      folders.push(cwd, ...list(runtimeWorkspaceRoots));
    }
    for (const folder of folders) {
      if (typeof folder === "string" && place.folders.size <= FOLDERS_MAX) place.folders.add(folder);
    }
    if (typeof type === "string") {
      place.sandboxed = true;
      place.unbounded = !BOUNDED.has(type);
    }
    if (approvalPolicy != null) place.asksFirst = approvalPolicy === "untrusted";
    if (place.unbounded && !place.asksFirst) place.folders.add("/");
    if (type === "workspaceWrite") {
      if (excludeSlashTmp !== true) place.slashTmp = true;
      if (excludeTmpdirEnvVar !== true) place.tempDir = true;
    }
    if (known !== undefined || fresh) this.#places.set(threadId, place);
    return place;
  }
}

function sizeOf({ folders, files, parent }: Place): number {
  let size = parent?.length ?? 0;
  for (const path of [...folders, ...files]) size += path.length;
  return size;
}

/** A list of unknown origin; none, if it is something else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
