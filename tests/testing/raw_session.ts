/**
 * A bare JSON-RPC session with the real server, below the client: for tests of the kit itself.
 *
 * @module
 */
import { codexHome, type CodexHomeOptions, type ModelListener, ScriptedModel } from "@codex-app-server/sdk/testing";
import type { RawNotification } from "../../src/message/message.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { openStdio } from "../../src/transport/stdio.ts";
import { type Json, RawClient } from "./raw_client.ts";

/** What a raw session gives a test. */
export interface RawSession {
  readonly model: ScriptedModel;
  readonly workspace: string;
  /** Every notification so far. */
  readonly seen: readonly RawNotification[];
  request(method: string, params: Json): Promise<Json>;
  /** The first notification, past or to come, that fits. */
  notified(method: string, fits?: (params: Json) => boolean): Promise<Json>;
  /** Starts a thread and a turn; returns their ids. */
  turn(text: string): Promise<{ readonly threadId: string; readonly turnId: string }>;
  /** The turn of `turn/completed`. */
  completed(turnId: string): Promise<Json>;
}

/** Runs the real server against a scripted model; everything is gone afterwards. */
export async function withRawSession(
  options: Omit<CodexHomeOptions, "modelUrl">,
  body: (session: RawSession) => Promise<void>,
): Promise<{ readonly homePath: string; readonly url: string }> {
  const model = new ScriptedModel();
  const workspace = await makeTempDir("codex-workspace-");
  await using listener: ModelListener = await model.listen();
  await using home = await codexHome({ ...options, modelUrl: listener.url });
  const transport = await openStdio({ env: home.env, cwd: workspace.path });
  try {
    await body(await openSession(new RawClient(transport), model, workspace.path));
  } finally {
    await transport.close();
    await workspace.remove();
  }
  return { homePath: home.path, url: listener.url };
}

async function openSession(peer: RawClient, model: ScriptedModel, workspace: string): Promise<RawSession> {
  const clientInfo = { name: "testing_kit", title: null, version: "0" };
  await peer.request("initialize", { clientInfo, capabilities: { experimentalApi: true } });
  await peer.notify("initialized");
  return {
    model,
    workspace,
    seen: peer.seen,
    request: (method, params) => peer.request(method, params),
    notified: (method, fits) => peer.notified(method, fits),
    async turn(text) {
      const started = await peer.request("thread/start", { cwd: workspace });
      const threadId = (started["thread"] as { id: string }).id;
      const reply = await peer.request("turn/start", { threadId, input: [{ type: "text", text }] });
      return { threadId, turnId: (reply["turn"] as { id: string }).id };
    },
    async completed(turnId) {
      const fits = (params: Json) => (params["turn"] as { id: string }).id === turnId;
      return (await peer.notified("turn/completed", fits))["turn"] as Json;
    },
  };
}
