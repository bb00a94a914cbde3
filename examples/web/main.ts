// deno-lint-ignore-file no-console -- a program that prints
/**
 * Codex in the browser, on this machine.
 *
 *     deno task web                          # in a small project that is made for the occasion
 *     deno task web --folder ../my-project   # in one of yours
 *
 * @module
 */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Codex } from "@codex-app-server/sdk";
import { demoModel } from "@codex-app-server/sdk/testing";
import { createApp } from "./app.ts";
import { demoProject, demoScript } from "./demo.ts";
import { Guard } from "./guard.ts";
import { bundlePage } from "./page.ts";
import { serve } from "./serve.ts";

const { port, folder } = parseArgs({
  options: { port: { type: "string", default: "8787" }, folder: { type: "string" } },
}).values;

// Ctrl-C may come twice, from the terminal and from the task that runs this: so the listeners stay.
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});

async function run(): Promise<void> {
  if (!/^\d{1,5}$/.test(port)) throw new Error(`--port takes a number, and not ${JSON.stringify(port)}`);
  if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`--folder takes a folder, and ${JSON.stringify(folder)} is none`);
  }
  await using project = folder === undefined ? await demoProject() : null;
  await using demo = await demoModel(demoScript());
  await using codex = await Codex.start({
    ...demo.options,
    clientName: "codex-web",
    clientTitle: "Codex in the browser",
  });
  const guard = new Guard();
  const app = createApp({
    codex,
    guard,
    page: await bundlePage(),
    threadParams: {
      cwd: project?.path ?? resolve(folder!),
      sandbox: "read-only", // whatever does more than read is asked for
      approvalPolicy: "on-request",
      config: { tools: { update_plan: { enabled: true } } },
    },
  });
  const server = await serve(app, "127.0.0.1", Number(port)).catch((cause) => {
    throw new Error(`Port ${port} cannot be had, another program may have it: name one by --port. ${cause}`, { cause });
  });
  console.log(`${demo.notice}\nOpen http://127.0.0.1:${server.port}/?key=${guard.key}\nCtrl-C ends it.`);
  await Promise.race([stopped, codex.closed]);
  await server.close();
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
