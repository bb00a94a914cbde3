import { imageInput, type Input, localImageInput } from "@codex-app-server/sdk";
import type { UserInput } from "@codex-app-server/sdk/protocol";
import { scriptTurns } from "@codex-app-server/sdk/testing";
import { prepareTools, tool, toolNamespace } from "@codex-app-server/sdk/tools";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { z } from "zod";
import { IMAGE_URLS, PIXEL } from "./image_urls.ts";
import { scripted } from "./scripted.ts";

describe("images", () => {
  test("[W9] imageInput takes what the server takes", () => {
    for (const url of IMAGE_URLS.taken) assertEquals(imageInput(url), { type: "image", url });
  });

  test("[W9] anything else is a TypeError that says what is wanted and names localImageInput", () => {
    const others = [undefined, null, 42, new Uint8Array(1), new URL(`data:image/png;base64,${PIXEL}`)];
    for (const url of [...IMAGE_URLS.remote, ...IMAGE_URLS.spoiling, ...others]) {
      const error = assertThrows(() => imageInput(url as string), TypeError, "localImageInput(path)");
      assertEquals(error.message.includes("data:image/png;base64,"), true, String(url));
    }
    const long = assertThrows(() => imageInput("A".repeat(1_000_000)), TypeError);
    assertEquals(long.message.length < 400, true);
  });

  test("[W9] localImageInput takes a path, and neither a URL nor nothing", () => {
    for (const path of ["/a/b.png", "b.png", "C:\\pictures\\b.png", "c:/b.png", "\\\\host\\b.png", "a:b.png"]) {
      assertEquals(localImageInput(path), { type: "localImage", path });
    }
    for (const path of ["", "  ", "file:///b.png", "https://example.org/b.png", `data:image/png;base64,${PIXEL}`, 42]) {
      assertThrows(() => localImageInput(path as string), TypeError, "localImageInput: the path must");
    }
  });

  test("[W9] a raw item that would spoil its thread is refused by its index; what the server refuses is left to it", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, () => {});
    const thread = await peer.codex.threadStart();
    const of = (input: Input) => thread.run(input);
    for (const url of IMAGE_URLS.spoiling) {
      await assertRejects(() => of(["look", { type: "image", url }]), TypeError, "Input item 1 cannot be used");
      await assertRejects(() => of({ type: "image", url }), TypeError, "The input cannot be used");
    }
    await assertRejects(() => of([{ type: "localImage", path: "file:///b.png" }]), TypeError, "Input item 0");
    assertEquals(turns.length, 0);
    const fine: UserInput[] = [
      ...[...IMAGE_URLS.taken, ...IMAGE_URLS.remote].map((url): UserInput => ({ type: "image", url })),
      { type: "image", fileId: "f" },
    ];
    assertEquals((await of(fine)).status, "completed");
    const handle = await thread.turn("go");
    await handle.run();
    await assertRejects(() => handle.steer({ type: "image", url: "/b.png" }), TypeError, "localImageInput");
  });

  test("[W9] an image of a message of a tool is checked as well, and a blank name of it refused", async () => {
    await using peer = scripted();
    const turns = scriptTurns(peer.server, () => {});
    const thread = await peer.codex.threadStart();
    const image = (image_url: string) => [{ type: "input_image" as const, image_url }];
    const wrong = [
      { name: "", output: "x" },
      { name: " \t", output: "x" },
      { name: "mail", namespace: " ", output: "x" },
      { name: "mail", output: image("/b.png") },
      { name: "mail", output: image("https://example.org/b.png") },
    ];
    for (const toolOutput of wrong) await assertRejects(() => thread.run([], { toolOutput }), TypeError, "toolOutput");
    assertEquals(turns.length, 0);
    const right = {
      name: "mail",
      output: [...image(IMAGE_URLS.taken[0]!), { type: "input_text" as const, text: "x" }],
    };
    assertEquals((await thread.run([], { toolOutput: right })).status, "completed");
  });
});

describe("what tools take", () => {
  const define = (input: unknown) =>
    tool({ name: "todo", description: "Changes the list.", input: input as never, execute: () => "done" });

  test("[W9] a JSON Schema whose root is no object is refused where the tool is declared", async () => {
    const object = { type: "object", properties: {} };
    const roots = [
      {},
      { properties: {} },
      { type: "array" },
      { type: ["object", "null"] },
      { anyOf: [object, object] },
      { oneOf: [object] },
      { allOf: [object] },
      { $ref: "#/$defs/a", $defs: { a: object } },
      { enum: [{}] },
      { type: null },
    ];
    for (const root of roots) {
      const text = "The input of tool todo must describe an object";
      await assertRejects(() => prepareTools([define(root)]), TypeError, text);
    }
    assertEquals((await prepareTools([define(object)])).specs.length, 1);
  });

  test("[W9] a schema that gives such a JSON Schema is refused when its thread is started", async () => {
    const object = z.object({ do: z.literal("add") });
    const wrong = [
      z.discriminatedUnion("do", [object, z.object({ do: z.literal("clear") })]),
      z.union([object, z.object({})]),
      z.unknown(),
      z.array(z.string()),
      object.nullable(),
      z.string(),
    ];
    for (const input of wrong) await assertRejects(() => prepareTools([define(input)]), TypeError, "tool todo");
    const inNamespace = toolNamespace({ name: "crm", description: "Ours.", tools: [define(wrong[0])] });
    await assertRejects(() => prepareTools([inNamespace]), TypeError, "tool todo");
    assertEquals((await prepareTools([define(object)])).specs.length, 1);
  });

  test("[W9] declarations by hand are checked as well, before anything is sent", async () => {
    await using peer = scripted();
    let started = 0;
    peer.server.onRequest("thread/start", (_params, ctx) => (started++, ctx.fail(-32600, "seen")));
    const spec = { type: "function" as const, name: "todo", description: "x", inputSchema: {} };
    const namespace = { type: "namespace" as const, name: "n", description: "x", tools: [spec] };
    for (const dynamicTools of [[spec], [namespace]]) {
      await assertRejects(() => peer.codex.threadStart({ dynamicTools }), TypeError, "tool todo");
    }
    for (const dynamicTools of [[null], [{}], {}, "x", [{ type: "namespace" }]]) {
      const error = await peer.codex.threadStart({ dynamicTools } as never).catch((thrown) => thrown);
      assertEquals(error.name, "InvalidParamsError", JSON.stringify(dynamicTools));
    }
    assertEquals(started, 0);
  });

  test("[W9] blank names of tools and namespaces are refused", () => {
    for (const name of ["", " ", "\t", "a b"]) {
      assertThrows(
        () => tool({ name, description: "", input: { type: "object" }, execute: () => 1 }),
        TypeError,
        "name",
      );
      const tools = [define({ type: "object" })];
      assertThrows(() => toolNamespace({ name, description: "", tools }), TypeError, "name");
    }
  });
});
