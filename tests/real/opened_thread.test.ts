import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { message, withAppServer } from "@codex-app-server/sdk/testing";

describe("an opened thread (real)", () => {
  test("(real) its model, by whatever way it was opened", async () => {
    await withAppServer({}, async ({ codex, model }) => {
      model.always(() => [message("hello")]);
      const thread = await codex.threadStart();
      await thread.run("hi");
      const { model: named } = thread.response as { readonly model?: string };
      assertEquals(thread.model, named);
      assertEquals((await codex.threadFork(thread.id)).model, named);
      assertEquals((await codex.threadResume(thread.id)).model, named);
      await codex.threadArchive(thread.id);
      assertEquals((await codex.threadUnarchive(thread.id)).model, null);
    });
  });
});
