/** The life of a thread: name it, read it, list it, compact it, archive it and bring it back. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(new ScriptedModel().reply("Hello!").always(() => ["A greeting was exchanged."]));
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const thread = await codex.threadStart({ sandbox: "read-only" });
await thread.run("Say hello.");

await thread.setName("Greetings");
const { thread: record } = await thread.read();
console.log(`read: ${record.name}, ${record.preview}`);

// One page, or all of them: `for await (const record of codex.threads())` fetches page after page.
const page = await codex.threadList({ limit: 5 });
console.log(`listed: ${page.data.some(({ id }) => id === thread.id)}`);

// Compaction is a turn of the server's own: the thread's events show it.
const events = thread.events();
await thread.compact();
for await (const { method } of events) if (method === "turn/completed") break;
console.log("compacted");

await codex.threadArchive(thread.id);
const left = await codex.threadList({ limit: 5 });
console.log(`listed after archiving: ${left.data.some(({ id }) => id === thread.id)}`);

const back = await codex.threadUnarchive(thread.id);
console.log(`back: ${back.id === thread.id}`);

// What has no method of its own is reached by its name in the protocol, with its types.
await codex.request("thread/delete", { threadId: thread.id });
console.log("deleted");
