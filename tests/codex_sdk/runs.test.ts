import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  applyPatch,
  command,
  failure,
  functionCall,
  Gate,
  message,
  reasoning,
  webSearch,
} from "@codex-app-server/sdk/testing";
import { stdioTransport, type Transport, type TransportFactory } from "@codex-app-server/sdk";
import { Codex, Thread, type ThreadItem } from "@codex-app-server/sdk/codex-sdk";
import { tool } from "@codex-app-server/sdk/tools";
import { describe, test } from "node:test";
import { drain, thrown, withoutWarnings, withWorld, wordsOf } from "./world.ts";

describe("events", () => {
  test("[X2] (real) of every kind of item, in order, each item with one id from its beginning to its end", () =>
    withWorld(async ({ model, codex, here }) => {
      const plan = (...statuses: string[]) =>
        functionCall("update_plan", { plan: statuses.map((status, index) => ({ step: `step ${index}`, status })) });
      model.reply(reasoning("think"), message("on it"), command("echo hi"))
        .reply(applyPatch("*** Add File: a.txt\n+hello"))
        .reply(plan("in_progress", "pending"))
        .reply(plan("completed", "in_progress"))
        .reply(webSearch("cats"), message("done"));
      const thread = codex({ config: { tools: { update_plan: { enabled: true } } } })
        .startThread({ ...here, sandboxMode: "workspace-write" });
      const { events, error } = await drain((await thread.runStreamed("go")).events);
      assertEquals(error, undefined);
      assertEquals(wordsOf(events), [
        "thread.started",
        "turn.started",
        "item.completed reasoning",
        "item.completed agent_message",
        "item.started command_execution",
        "item.completed command_execution",
        "item.started file_change",
        "item.completed file_change",
        "item.started todo_list",
        "item.updated todo_list",
        "item.started web_search",
        "item.completed web_search",
        "item.completed agent_message",
        "item.completed todo_list",
        "turn.completed",
      ]);
      const items = events.flatMap((event) => "item" in event ? [event.item] : []);
      const idsOf = (kind: ThreadItem["type"]) =>
        new Set(items.filter(({ type }) => type === kind).map(({ id }) => id));
      for (const kind of ["command_execution", "file_change", "todo_list", "web_search"] as const) {
        assertEquals(idsOf(kind).size, 1, kind);
      }
      assertEquals(new Set(items.map(({ id }) => id)).size, withoutIds(items));
      const last = <K extends ThreadItem["type"]>(kind: K) =>
        items.findLast((item): item is Extract<ThreadItem, { type: K }> => item.type === kind)!;
      const { command: line, aggregated_output, exit_code, status } = last("command_execution");
      assertStringIncludes(line, "echo hi");
      assertEquals([aggregated_output, exit_code, status], ["hi\n", 0, "completed"]);
      const { changes, status: patched } = last("file_change");
      assertEquals([changes.map(({ kind }) => kind), patched], [["add"], "completed"]);
      assertEquals(last("todo_list").items, [{ text: "step 0", completed: true }, {
        text: "step 1",
        completed: false,
      }]);
      assertEquals(last("web_search").query, "cats");
    }));

  test("[X2] (real) a turn that fails tells so, and the iteration throws; the thread goes on", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("part", failure("server_error", "boom")).reply("again");
      const thread = codex().startThread(here);
      const { events, error } = await drain((await thread.runStreamed("go")).events);
      assertEquals(wordsOf(events).slice(2), ["item.completed agent_message", "error", "turn.failed"]);
      assertStringIncludes((error as Error).message, "boom");
      assertEquals((await thread.run("go")).finalResponse, "again");
    }));

  test("[X2] (real) every run of a thread begins with its id, and counts its items anew", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const thread = codex().startThread(here);
      for (let run = 0; run < 2; run++) {
        const { events } = await drain((await thread.runStreamed("go")).events);
        assertEquals(events[0], { type: "thread.started", thread_id: thread.id! });
        assertEquals(events.flatMap((event) => "item" in event ? [event.item.id] : [])[0], "item_0");
      }
    }));

  test("[X2] (real) nothing is started before the first event is asked for", () =>
    withWorld(async ({ model, codex, here }) => {
      const thread = codex().startThread(here);
      const { events } = await thread.runStreamed("go");
      await events.return(undefined);
      assertEquals([thread.id, model.requests.length], [null, 0]);
    }));
});

describe("several runs", () => {
  test("[X2] (real) of one thread take place one after the other", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = new Gate();
      model.when(({ lastUserText }) => lastUserText === "one").reply(gate, "1");
      for (const [input, answer] of [["two", "2"], ["three", "3"]]) {
        model.when(({ lastUserText }) => lastUserText === input).reply(answer!);
      }
      const client = codex();
      const thread = client.startThread(here);
      const runs = ["one", "two"].map((input) => thread.run(input));
      await gate.reached;
      // Another object, the same thread.
      runs.push(client.resumeThread(thread.id!, here).run("three"));
      assertEquals(model.requests.map(({ lastUserText }) => lastUserText), ["one"]);
      gate.release();
      assertEquals((await Promise.all(runs)).map(({ finalResponse }) => finalResponse), ["1", "2", "3"]);
      assertEquals(model.requests.length, 3);
    }));

  test("[X2] (real) of several threads take place at once, on one server", () =>
    withWorld(async ({ model, codex, here }) => {
      const gates = Array.from({ length: 8 }, (_, index) => {
        const gate = new Gate();
        model.when(({ lastUserText }) => lastUserText === `${index}`).reply(gate, `answer ${index}`);
        return gate;
      });
      const client = codex();
      const runs = gates.map((_, index) => client.startThread(here).run(`${index}`));
      await Promise.all(gates.map(({ reached }) => reached));
      gates.forEach((gate) => gate.release());
      assertEquals(
        (await Promise.all(runs)).map(({ finalResponse }) => finalResponse),
        gates.map((_, index) => `answer ${index}`),
      );
    }));

  test("[X2] (real) one that is given up while it waits leaves the others alone", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = new Gate();
      model.reply(gate, "1").reply("3");
      const thread = codex().startThread(here);
      const first = thread.run("one");
      await gate.reached;
      const controller = new AbortController();
      const second = thrown(() => thread.run("two", { signal: controller.signal }));
      const third = thread.run("three");
      controller.abort();
      assertEquals((await second).name, "AbortError");
      gate.release();
      assertEquals([(await first).finalResponse, (await third).finalResponse], ["1", "3"]);
    }));

  test("[X2] (real) another client goes on with a thread at once, whatever the first was told", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const thread = codex().startThread({ ...here, sandboxMode: "danger-full-access" });
      await thread.run("one");
      const other = codex().resumeThread(thread.id!, { ...here, sandboxMode: "read-only" });
      await other.run("two");
      await thread.run("three");
      const said = JSON.stringify(model.requests.at(-1)!.body.input);
      for (const text of ["one", "two", "three"]) assertStringIncludes(said, `"${text}"`);
    }));
});

describe("abort", () => {
  test("[X4] ends a run while the server starts: it does not wait for it", () =>
    withWorld(async ({ here }) => {
      let opened = false;
      const never = () => {
        opened = true;
        return new Promise<Transport>(() => {});
      };
      const controller = new AbortController();
      const client = new Codex({ native: { transport: never } });
      const thread = client.startThread(here);
      const run = thrown(() => thread.run("go", { signal: controller.signal }));
      const streamed = drain((await thread.runStreamed("go", { signal: controller.signal })).events);
      await new Promise((resolve) => setTimeout(resolve));
      assert(opened);
      controller.abort("no longer");
      const error = await run;
      assertEquals([error.name, error.cause], ["AbortError", "no longer"]);
      assertEquals(((await streamed).error as Error).name, "AbortError");
      assertEquals(thread.id, null);
      await client.native.close();
    }));

  test("[X4] (real) while the server starts leaves the thread's id behind, and the thread can be gone on with", () =>
    withWorld(async ({ model, here, env }) => {
      model.reply("later");
      let open = () => {};
      const mayOpen = new Promise<void>((resolve) => open = resolve);
      let begin = () => {};
      const begun = new Promise<void>((resolve) => begin = resolve);
      const transport: TransportFactory = async (context) => {
        begin();
        await mayOpen;
        return await stdioTransport({ env })(context);
      };
      const client = new Codex({ native: { transport } });
      const thread = client.startThread(here);
      const controller = new AbortController();
      const run = thrown(() => thread.run("go", { signal: controller.signal }));
      await begun;
      controller.abort();
      assertEquals((await run).name, "AbortError");
      open();
      // Nobody asks for it: the run that was given up has left it.
      while (thread.id === null) await new Promise((resolve) => setTimeout(resolve, 10));
      const { id } = await thread.native;
      assertEquals(thread.id, id);
      const { finalResponse } = await thread.run("again");
      assertEquals([finalResponse, thread.id, model.requests.length], ["later", id, 1]);
      await client.native.close();
    }));

  test("[X4] (real) in a turn leaves the thread's id behind, and the next run has the thread to itself", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = new Gate();
      model.reply("part", gate, "late").reply("next");
      const controller = new AbortController();
      const thread = codex().startThread(here);
      const run = thrown(() => thread.run("go", { signal: controller.signal }));
      await gate.reached;
      const { id } = thread;
      assert(id !== null);
      controller.abort();
      assertEquals((await run).name, "AbortError");
      assertEquals([(await thread.run("again")).finalResponse, thread.id], ["next", id]);
    }));

  test("[X4] (real) of one run leaves the others of its server alone", () =>
    withWorld(async ({ model, codex, here }) => {
      const gates = [new Gate(), new Gate()];
      gates.forEach((gate, index) => {
        model.when(({ lastUserText }) => lastUserText === `${index}`).reply(gate, `${index}`);
      });
      const controller = new AbortController();
      const client = codex();
      const aborted = thrown(() => client.startThread(here).run("0", { signal: controller.signal }));
      const other = client.startThread(here).run("1");
      await Promise.all(gates.map(({ reached }) => reached));
      controller.abort();
      assertEquals((await aborted).name, "AbortError");
      gates[1]!.release();
      assertEquals((await other).finalResponse, "1");
    }));
});

describe("what it cannot do", () => {
  test("[X6] (real) codex.native is this SDK's client of the same server", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("ok");
      const client = codex();
      const thread = client.startThread(here);
      await thread.run("go");
      const { turns } =
        (await client.native.request("thread/read", { threadId: thread.id!, includeTurns: true })).thread;
      assertEquals(turns.map(({ status }) => status), ["completed"]);
      assert(client.native === client.native);
    }));

  test("[X6] (real) thread.native is this SDK's thread: before the first run, after it, and during it", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = new Gate();
      model.reply(message(["de", "ltas"])).reply(gate, "two").reply("steered");
      const thread = codex().startThread(here);
      const native = await thread.native;
      assertEquals([native.id, model.requests.length], [thread.id, 0]);
      let text = "";
      for await (const delta of (await native.turn("one")).text()) text += delta;
      assertEquals(text, "deltas");
      const run = thread.run("two");
      await gate.reached;
      assert(thread.native === native);
      // To add to what runs.
      await native.turn("and this");
      gate.release();
      assertEquals((await run).finalResponse, "steered");
      assertStringIncludes(JSON.stringify(model.requests.at(-1)!.body.input), "and this");
    }));

  test("[X6] (real) handlers answer approvals, of a client or of a thread; without them what is asked for is refused", () =>
    withWorld(async ({ model, codex, here }) => {
      const escalate = () => model.reply(command("echo hi", { escalate: true })).reply("ok");
      const statusOf = async (thread: Thread) => {
        escalate();
        const { items } = await thread.run("go");
        return items.flatMap((item) => item.type === "command_execution" ? [item.status as string] : []);
      };
      const options = { ...here, approvalPolicy: "on-request" } as const;
      const asked: string[] = [];
      const handlers = {
        "item/commandExecution/requestApproval": (params: { threadId: string }) => {
          asked.push(params.threadId);
          return { decision: "accept" as const };
        },
      };
      const ofClient = codex({ native: { handlers } }).startThread(options);
      assertEquals(await statusOf(ofClient), ["completed"]);
      const client = codex();
      const ofThread = client.startThread({ ...options, native: { handlers } });
      assertEquals(await statusOf(ofThread), ["completed"]);
      assertEquals(await statusOf(client.startThread(options)), ["declined"]);
      assertEquals(asked, [ofClient.id, ofThread.id]);
    }));

  test("[X6] (real) tools of a thread", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply(functionCall("double", { of: 21 })).reply((request) => [request.toolOutput() ?? ""]);
      const double = tool({
        name: "double",
        description: "Doubles a number.",
        input: { type: "object", properties: { of: { type: "number" } }, required: ["of"] },
        execute: (input) => `${(input as { of: number }).of * 2}`,
      });
      const thread = codex().startThread({ ...here, native: { tools: [double] } });
      assertStringIncludes((await thread.run("go")).finalResponse, "42");
    }));
});

describe("what it is", () => {
  test("[X1] its classes can be built upon", async () => {
    class Mine extends Codex {
      override startThread(): Thread {
        return super.startThread({ skipGitRepoCheck: true });
      }
    }
    const thread = new Mine().startThread();
    assert(thread instanceof Thread);
    assertEquals(thread.id, null);
    const resumed = new Mine().resumeThread("some-id");
    assertEquals(resumed.id, "some-id");
    await assertRejects(() => thread.run(""), Error, "empty or blank");
    assertEquals(withoutWarnings([]), []);
  });
});

/** How many items there are, by their beginnings and what is told only when it is whole. */
function withoutIds(items: readonly ThreadItem[]): number {
  return new Set(items.map((item) => `${item.type} ${item.id}`)).size;
}
