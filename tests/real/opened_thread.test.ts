import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { Codex } from "@codex-app-server/sdk";
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

  test("an id that is none is refused before anything is sent", async () => {
    await using codex = new Codex({ codexBin: "/nowhere/codex" });
    const none = undefined as unknown as string;
    for (
      const call of [() => codex.threadResume(none), () => codex.threadFork(none), () => codex.threadUnarchive("")]
    ) {
      await assertRejects(call, TypeError, "the first argument must be the id of a thread");
    }
  });
});
