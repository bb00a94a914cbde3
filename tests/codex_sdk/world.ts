/**
 * What the tests of `./codex-sdk` need: a scripted model, a home, a folder to work in, and clients of both.
 *
 * @module
 */
import { codexHome, type CodexHomeOptions, ScriptedModel } from "@codex-app-server/sdk/testing";
import { Codex, type CodexOptions, type ThreadEvent, type ThreadItem } from "@codex-app-server/sdk/codex-sdk";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

export interface World {
  readonly model: ScriptedModel;
  readonly modelUrl: string;
  readonly home: string;
  /** A folder that is no Git repository. */
  readonly workspace: string;
  /** The environment for a server with this home. */
  readonly env: Record<string, string>;
  /** Options of a thread in this folder. */
  readonly here: { skipGitRepoCheck: true; workingDirectory: string };
  /** A client whose server is ended with the test. */
  codex(options?: CodexOptions): Codex;
}

export async function withWorld(
  test: (world: World) => Promise<void>,
  options: Omit<CodexHomeOptions, "modelUrl"> & { readonly files?: Readonly<Record<string, string | Uint8Array>> } = {},
): Promise<void> {
  const { files = {}, ...homeOptions } = options;
  const model = new ScriptedModel();
  const listener = await model.listen();
  const home = await codexHome({ modelUrl: listener.url, ...homeOptions });
  const workspace = mkdtempSync(join(tmpdir(), "codex-sdk-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), content);
  }
  const env = { ...hostEnv(), ...home.env };
  const clients: Codex[] = [];
  const codex = (given: CodexOptions = {}) => {
    const client = new Codex({ env, ...given });
    clients.push(client);
    return client;
  };
  const here = { skipGitRepoCheck: true, workingDirectory: workspace } as const;
  try {
    await test({ model, modelUrl: listener.url, home: home.path, workspace, env, here, codex });
  } finally {
    await Promise.all(clients.map(close));
    await listener.close();
    rmSync(workspace, { recursive: true, force: true });
    await home.remove();
  }
}

async function close(client: Codex): Promise<void> {
  let native;
  try {
    ({ native } = client);
  } catch {
    return; // its options are wrong, on purpose
  }
  await native.close();
}

/** The program's environment. */
export function hostEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** All events, and what was thrown after them. */
export async function drain(
  events: AsyncGenerator<ThreadEvent>,
  onEvent: (event: ThreadEvent) => void = () => {},
): Promise<{ readonly events: readonly ThreadEvent[]; readonly error: unknown }> {
  const found: ThreadEvent[] = [];
  try {
    for await (const event of events) {
      found.push(event);
      onEvent(event);
    }
    return { events: found, error: undefined };
  } catch (error) {
    return { events: found, error };
  }
}

/** The items but for warnings: of the scripted model the server says that it does not know it. */
export function withoutWarnings(items: readonly ThreadItem[]): ThreadItem[] {
  return items.filter(({ type }) => type !== "error");
}

/** What the events are, one word each: `item.completed agent_message`. */
export function wordsOf(events: readonly ThreadEvent[]): string[] {
  return events.flatMap((event) => {
    if (!("item" in event)) return [event.type];
    return event.item.type === "error" ? [] : [`${event.type} ${event.item.type}`];
  });
}

/** What an asynchronous call throws. */
export async function thrown(work: () => Promise<unknown>): Promise<Error & { readonly code?: unknown }> {
  try {
    await work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it threw nothing");
}
