/**
 * Requests and their answers, one after the other and 64 at a time. Arguments: who (`sdk` or `floor`), how many, and the
 * command of the server.
 */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { finish, stopwatch } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [who = "", count = "", command = "", ...args] = process.argv.slice(2);
const threadId = "0199f4b2-7a11-7c52-9d55-0a1b2c3d4e5f";

type Call = () => Promise<unknown>;

async function openSdk(): Promise<Call> {
  const codex = await Codex.start({ launchArgsOverride: [command, ...args] });
  return () => codex.request("thread/archive", { threadId });
}

/** Writes the same bytes and finds the answers by their ids. */
function openFloor(): Call {
  const waiting = new Map<number, (result: unknown) => void>();
  const server = lineChild(command, args, (line) => {
    const { id, result } = JSON.parse(line);
    waiting.get(id)!(result);
    waiting.delete(id);
  });
  let next = 1;
  return () =>
    new Promise((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      server.write(`${JSON.stringify({ id, method: "thread/archive", params: { threadId } })}\n`);
    });
}

const call = who === "sdk" ? await openSdk() : openFloor();
const total = Number(count);
for (let i = 0; i < 1000; i++) await call();

const times: number[] = [];
const stopSequential = stopwatch();
for (let i = 0; i < total; i++) {
  const start = performance.now();
  await call();
  times.push(performance.now() - start);
}
const sequential = stopSequential();

let left = total;
const lane = async () => {
  while (left-- > 0) await call();
};
const stopParallel = stopwatch();
await Promise.all(Array.from({ length: 64 }, lane));
const parallel = stopParallel();

times.sort((a, b) => a - b);
finish({
  sequentialUs: times[times.length >> 1]! * 1000,
  sequentialMainUs: (sequential.mainMs / total) * 1000,
  parallelUs: (parallel.wallMs / total) * 1000,
  parallelMainUs: (parallel.mainMs / total) * 1000,
});
