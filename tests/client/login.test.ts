import { TimeoutError, TransportClosedError } from "@codex-app-server/sdk";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

describe("login", () => {
  test("by API key is done when it resolves; account and logout are thin calls", async () => {
    await using peer = scripted();
    peer.server.onRequest("account/login/start", () => ({ type: "apiKey" }));
    peer.server.onRequest("account/logout", () => ({}));
    peer.server.onRequest("account/read", () => ({ account: { type: "apiKey" }, requiresOpenaiAuth: true }));
    assertEquals(await peer.codex.loginApiKey("sk-test"), { type: "apiKey" });
    assertEquals((await peer.codex.account({ refreshToken: true })).account, { type: "apiKey" });
    assertEquals(await peer.codex.logout(), {});
    assertEquals(peer.server.messages.slice(2).map(({ params }) => params), [
      { type: "apiKey", apiKey: "sk-test" },
      { refreshToken: true },
      undefined,
    ]);
  });

  test("in the browser: wait() takes the completion of its own login alone, also one that preceded the reply", async () => {
    await using peer = scripted();
    peer.server.onRequest("account/login/start", (_params, { connection }) => {
      connection.notify("account/login/completed", { loginId: "other", success: false });
      connection.notify("account/login/completed", { loginId: "mine", success: true });
      return { type: "chatgpt", loginId: "mine", authUrl: "https://auth.example/" };
    });
    const login = await peer.codex.loginChatgpt();
    assertEquals([login.loginId, login.response.authUrl], ["mine", "https://auth.example/"]);
    const completed = await login.wait();
    assertEquals([completed.loginId, completed.success], ["mine", true]);
    assertEquals(await login.wait(), completed);
  });

  test("by device code: cancel, deadline, abort and close all end the wait", async () => {
    const peer = scripted();
    peer.server.onRequest("account/login/start", () => ({
      type: "chatgptDeviceCode",
      loginId: "d1",
      verificationUrl: "https://device.example/",
      userCode: "ABCD",
    }));
    peer.server.onRequest("account/login/cancel", ({ loginId }, { connection, reply }) => {
      reply({ status: "canceled" });
      connection.notify("account/login/completed", { loginId, success: false, error: "cancelled" });
    });
    const login = await peer.codex.loginChatgptDeviceCode();
    assertEquals(login.response.userCode, "ABCD");
    const timeout = await assertRejects(() => login.wait({ timeoutMs: 10 }), TimeoutError);
    assertEquals(timeout.kind, "login");
    const reason = new Error("no patience");
    await assertRejects(() => login.wait({ signal: AbortSignal.abort(reason) }), Error, "no patience");
    assertEquals((await login.cancel()).status, "canceled");
    assertEquals((await login.wait()).success, false);

    const another = await peer.codex.loginChatgptDeviceCode();
    const waiting = another.wait();
    await peer.codex.close();
    await assertRejects(() => waiting, TransportClosedError);
    await peer.server.close();
  });

  test("an answer of another kind is an error, and nothing goes on listening", async () => {
    await using peer = scripted();
    peer.server.onRequest("account/login/start", () => ({ type: "apiKey" }));
    await assertRejects(() => peer.codex.loginChatgpt(), Error, "apiKey");
  });
});
