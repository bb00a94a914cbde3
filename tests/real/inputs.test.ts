import { imageInput } from "@codex-app-server/sdk";
import { functionCall, withAppServer } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { IMAGE_URLS } from "../client/image_urls.ts";

describe("inputs (real)", () => {
  test("[W9] the model sees every image that imageInput takes, and nothing of what it refuses", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      for (const url of IMAGE_URLS.taken) {
        assertEquals((await thread.run(["What is this?", imageInput(url)])).status, "completed");
        const sent = JSON.stringify(model.requests.at(-1)?.body.input.at(-1));
        assert(sent.includes('"type":"input_image","image_url":"data:image/'), `${url.slice(0, 40)}: ${sent}`);
      }
      const before = model.requests.length;
      for (const url of IMAGE_URLS.spoiling) {
        await assertRejects(() => thread.run(["What is this?", { type: "image", url }]), TypeError, "localImageInput");
      }
      assertEquals(model.requests.length, before);
      assertEquals((await thread.run("Never mind.")).status, "completed");
    });
  });

  test("[W9] the result of a tool with such an image tells the model so, and the thread goes on", async () => {
    await withAppServer(async ({ codex, model }) => {
      const results = [...IMAGE_URLS.remote, ...IMAGE_URLS.spoiling, IMAGE_URLS.taken[0]!];
      const left: string[] = [...results];
      const draw = tool({
        name: "draw",
        description: "Draws a picture.",
        input: { type: "object", properties: {} },
        execute: () => [{ type: "inputImage", imageUrl: left.shift() }],
      });
      const thread = await codex.threadStart({}, { tools: [draw] });
      for (const url of results) {
        model.reply(functionCall("draw", {})).reply("ok");
        assertEquals((await thread.run("Draw.")).status, "completed");
        const output = JSON.stringify(model.requests.at(-1)?.body.input.at(-1));
        if (url === IMAGE_URLS.taken[0]) assertStringIncludes(output, '"input_image"');
        else assertStringIncludes(output, "The tool draw failed: the imageUrl of its result must be a data: URL");
      }
      assert(!JSON.stringify(model.requests.at(-1)?.body).includes('"image_url":"/home/me'));
    });
  });

  test("[W9] a tool whose arguments are a union never reaches the model's API", async () => {
    await withAppServer(async ({ codex, model }) => {
      const input = { anyOf: [{ type: "object" }, { type: "object" }] };
      const spec = { type: "function" as const, name: "todo", description: "Changes the list.", inputSchema: input };
      await assertRejects(() => codex.threadStart({ dynamicTools: [spec] }), TypeError, "todo");
      assertEquals(model.requests.length, 0);
    });
  });
});
