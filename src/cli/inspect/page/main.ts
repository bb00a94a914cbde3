/**
 * The inspector's page.
 *
 * @module
 */
import type { Hello } from "../wire.ts";
import { Builder } from "./builder.ts";
import { byId } from "./dom.ts";
import { App } from "./app.ts";
import { listen, loadSchema } from "./session.ts";

const app = new App();
let session: string | undefined;
let isSetUp = false;

listen({
  hello(hello) {
    // Another inspector at the same address: what is here is of the one before.
    if (session !== undefined && session !== hello.session) app.forget();
    session = hello.session;
    app.greet(hello);
    if (!isSetUp) void setUp(hello);
    isSetUp = true;
  },
  batch: (batch) => app.take(batch),
  connected: (isConnected) => app.connected(isConnected),
});

async function setUp({ target }: Hello): Promise<void> {
  try {
    const schema = await loadSchema();
    app.learn(schema, new Builder(schema, target, () => app.around(), (connection, id) => app.sent(connection, id)));
  } catch {
    byId("status").textContent = "the page did not load whole: load it again";
  }
}
