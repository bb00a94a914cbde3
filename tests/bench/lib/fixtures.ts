import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import {
  InitializeResponseSchema,
  ThreadArchiveResponseSchema,
  ThreadStartResponseSchema,
  TurnStartResponseSchema,
} from "@codex-app-server/sdk/protocol";
import { sample } from "@codex-app-server/sdk/testing";

const THREAD_ID = "0199f4b2-7a11-7c52-9d55-0a1b2c3d4e5f";

/** A prepared server: a folder whose `server.sh` answers a client, and for every turn prints a file that is ready. */
export interface PreparedServer {
  readonly folder: string;
  readonly deltas: number;
  readonly turns: number;
}

/**
 * Writes a server that needs no time of its own: it answers the handshake out of files, and the events of a turn are
 * `cat turn_N.jsonl`, which fills a pipe faster than any reader here empties it.
 */
export async function prepareServer(folder: string, turns: number, deltas: number): Promise<PreparedServer> {
  mkdirSync(folder, { recursive: true });
  const turn = (n: number) => ({
    id: turnId(n),
    items: [],
    itemsView: "notLoaded" as const,
    status: "inProgress" as const,
  });
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value));
  write("initialize", sample(InitializeResponseSchema, { userAgent: "bench/0.169.0 (prepared)" }));
  write("thread_start", sample(ThreadStartResponseSchema, { thread: { id: THREAD_ID } }));
  write("thread_archive", sample(ThreadArchiveResponseSchema));
  for (let n = 1; n <= turns; n++) {
    write(`turn_start_${n}`, sample(TurnStartResponseSchema, { turn: turn(n) }));
    const completed = { threadId: THREAD_ID, turn: { ...turn(n), status: "completed" } };
    await writeLines(join(folder, `turn_${n}.jsonl`), deltas, (i) => delta(n, i), line("turn/completed", completed, 0));
  }
  writeFileSync(join(folder, "server.sh"), SERVER);
  return { folder, deltas, turns };
}

/** Writes the same deltas with the headers that vscode-jsonrpc wants. */
export async function prepareFramed(file: string, deltas: number): Promise<void> {
  await writeLines(file, deltas, (i) => {
    const body = delta(1, i).replace("{", '{"jsonrpc":"2.0",').trimEnd();
    return `Content-Length: ${body.length}\r\n\r\n${body}`;
  }, "");
}

/** One delta as the real server writes it, about 230 bytes. */
export function delta(turn: number, i: number): string {
  const params = {
    threadId: THREAD_ID,
    turnId: turnId(turn),
    itemId: "msg_0199f4b27a127c529d550a1b",
    delta: `word ${i} `,
  };
  return line("item/agentMessage/delta", params, i);
}

const turnId = (n: number): string => `0199f4b2-7a12-7c52-9d55-${String(n).padStart(12, "0")}`;

const line = (method: string, params: unknown, i: number): string =>
  `${JSON.stringify({ method, params, emittedAtMs: 1763800000000 + i })}\n`;

async function writeLines(file: string, count: number, lineOf: (i: number) => string, last: string): Promise<void> {
  const out = createWriteStream(file);
  for (let i = 0; i < count; i += 1000) {
    let block = "";
    for (let j = i; j < Math.min(i + 1000, count); j++) block += lineOf(j);
    if (!out.write(block)) await once(out, "drain");
  }
  out.end(last);
  await once(out, "finish");
}

/** Ids come back as they were sent: numbers from this SDK, strings from the Python one. */
const SERVER = `cd "$(dirname "$0")"
turn=0
reply() { printf '{"id":%s,"result":' "$(expr "$line" : '.*"id": *\\("*[^",}]*"*\\)')"; cat "$1"; printf '}\\n'; }
while read -r line; do
  case $line in
    *'"initialize"'*) reply initialize ;;
    *'"thread/start"'*) reply thread_start ;;
    *'"turn/start"'*) turn=$((turn + 1)); reply turn_start_$turn; cat turn_$turn.jsonl ;;
  esac
done
`;
