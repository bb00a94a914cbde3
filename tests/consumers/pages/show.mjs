/**
 * Shows a thread on a page that docs/state.md has the code of, and prints what somebody would see. Argument: the framework.
 *
 * @module
 */
import { GlobalRegistrator } from "@happy-dom/global-registrator";
import { join } from "node:path";
import process from "node:process";
import { bundle } from "./bundle.mjs";

const [framework] = process.argv.slice(2);
const outfile = join(process.cwd(), `${framework}.bundle.mjs`);
await bundle(framework, process.cwd(), outfile);

GlobalRegistrator.register();
const sources = [];
globalThis.EventSource = class {
  constructor(url) {
    this.url = url;
    sources.push(this);
  }
  close() {
    this.closed = true;
  }
};
const posts = [];
globalThis.fetch = (path, { body }) => {
  posts.push([path, JSON.parse(body)]);
  return Promise.resolve(new Response(null));
};

const at = { threadId: "t", turnId: "u" };
const command = {
  type: "commandExecution",
  id: "call-1",
  command: "ls",
  cwd: "/",
  commandActions: [],
  status: "inProgress",
};
const send = (...events) => {
  for (const event of events) sources[0].onmessage({ data: JSON.stringify(event) });
};
const articles = () => [...document.querySelectorAll("article")];
const texts = () => articles().map(({ textContent }) => textContent.replace(/\s+/g, " ").trim());
/** Gives the page the time that it needs to come to it, and tells what it has come to. */
async function shown(...wanted) {
  const deadline = performance.now() + 20_000;
  while (`${texts()}` !== `${wanted}` && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return texts();
}

const { connect, mount } = await import(outfile);
const page = document.createElement("div");
document.body.append(page);
const store = connect("t");
const unmount = mount(store, page);
const seen = [await shown()];
send(
  { method: "turn/started", params: { threadId: "t", turn: { id: "u", status: "inProgress", items: [] } } },
  { method: "item/agentMessage/delta", params: { ...at, itemId: "msg-1", delta: "Hel" } },
);
seen.push(await shown("Hel"));
const [first] = articles();
send(
  { method: "item/agentMessage/delta", params: { ...at, itemId: "msg-1", delta: "lo" } },
  { method: "item/started", params: { ...at, item: command, startedAtMs: 1 } },
  { id: 7, method: "item/commandExecution/requestApproval", params: { ...at, itemId: "call-1", startedAtMs: 1 } },
);
seen.push(await shown("Hello", framework === "none" ? "$ ls" : "$ ls Allow"));
document.querySelector("button")?.click();
send(
  { method: "serverRequest/resolved", params: { threadId: "t", requestId: 7 } },
  { method: "item/commandExecution/outputDelta", params: { ...at, itemId: "call-1", delta: "one <b>\n" } },
);
seen.push(await shown("Hello", "$ ls one <b>"));
const kept = articles()[0] === first;
unmount();
store[Symbol.dispose]();
process.stdout.write(`${JSON.stringify({ url: sources[0].url, seen, posts, kept, closed: sources[0].closed })}\n`);
process.exit(0); // the compilers' own timers would keep this alive
