import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import type { RequestId, ServerRequestContext, ServerRequestHandlers } from "@codex-app-server/sdk";
import { SERVER_REQUESTS, type ServerRequestMethod, type ServerRequestResultOf } from "@codex-app-server/sdk/protocol";
import { safeRefusal } from "../../src/router/refusals.ts";
import { deferred } from "../../src/util/deferred.ts";
import { REQUESTS } from "../policies/requests.ts";
import { scripted } from "./scripted.ts";

/** An answer to each request that its refusal is not. */
const ANSWERS: { readonly [M in ServerRequestMethod]: ServerRequestResultOf<M> } = {
  "item/commandExecution/requestApproval": {
    decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat"] } },
  },
  "item/fileChange/requestApproval": { decision: "acceptForSession" },
  "item/permissions/requestApproval": { permissions: { network: { enabled: true } }, scope: "session" },
  "item/tool/requestUserInput": { answers: { q1: { answers: ["A"] } } },
  "mcpServer/elicitation/request": { action: "accept", content: { name: "Ada" } },
  "item/tool/call": { success: true, contentItems: [{ type: "inputText", text: "sunny" }] },
  "currentTime/read": { currentTimeAt: 1 },
  execCommandApproval: { decision: "approved_for_session" },
  applyPatchApproval: { decision: "approved" },
  "account/chatgptAuthTokens/refresh": { accessToken: "t", chatgptAccountId: "a" },
  "attestation/generate": { token: "t" },
};

const WRONG: readonly unknown[] = [undefined, null, true, "accept", [], { decision: "yes" }, { unknown: 1 }];

function handling(method: ServerRequestMethod, handler: (params: unknown, ctx: ServerRequestContext) => unknown) {
  return { [method]: handler } as ServerRequestHandlers;
}

describe("each of the server's requests", () => {
  for (const method of Object.keys(SERVER_REQUESTS) as ServerRequestMethod[]) {
    const refusal = safeRefusal(method, REQUESTS[method], "what answers it in this client gave no usable answer");

    test(`[A2] ${method}: reaches its handler, whose answer is sent as it is`, async () => {
      const seen: unknown[] = [];
      const handlers = handling(method, (params, ctx) => {
        seen.push(params, ctx.method);
        return ANSWERS[method];
      });
      await using peer = scripted({ handlers });
      await peer.codex.threadStart();
      assertEquals<unknown>(await peer.server.ask(method, REQUESTS[method]), ANSWERS[method]);
      assertEquals(seen, [REQUESTS[method], method]);
      assertEquals(peer.diagnostics, []);
    });

    test(`[A4] ${method}: an answer of another shape becomes the safe refusal`, async () => {
      let next = 0;
      await using peer = scripted({ handlers: handling(method, () => WRONG[next++]) });
      await peer.codex.threadStart();
      for (const _wrong of WRONG) {
        const answer = peer.server.ask(method, REQUESTS[method]);
        if ("error" in refusal) await assertRejects(() => answer, Error, refusal.error.message);
        else if (method === "currentTime/read") assert("currentTimeAt" in await answer);
        else assertEquals(JSON.stringify(await answer), JSON.stringify(refusal.result));
      }
      assertEquals(next, WRONG.length);
      const refused = peer.diagnostics.filter(({ type }) => type === "server-request-refused");
      assertEquals(refused.length, WRONG.length);
    });

    test(`[A3] ${method}: taken back, its handler is told, and its late answer dropped`, async () => {
      const started = deferred<RequestId>();
      const aborted = deferred<unknown>();
      const release = deferred<void>();
      const handlers = handling(method, async (_params, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.resolve(ctx.signal.reason));
        started.resolve(ctx.id);
        await release.promise;
        return ANSWERS[method];
      });
      await using peer = scripted({ handlers });
      await peer.codex.threadStart();
      let answered = false;
      peer.server.ask(method, REQUESTS[method]).then(() => answered = true, () => {});
      const requestId = await started.promise;
      peer.server.notify("serverRequest/resolved", { threadId: "thread-1", requestId });
      assert(await aborted.promise instanceof Error);
      assertEquals(peer.codex.pendingServerRequests(), []);
      release.resolve();
      // Another round trip: what the handler's late answer sends would come before its reply.
      await peer.codex.threadStart();
      assertEquals(answered, false);
      assertEquals(peer.diagnostics.map(({ type }) => type), ["late-answer"]);
    });

    test(`[A7] ${method}: parked, and answered through the client`, async () => {
      const parked = deferred<RequestId>();
      const handlers = handling(method, (_params, ctx) => {
        setTimeout(() => parked.resolve(ctx.id)); // After the return below.
        return ctx.defer();
      });
      await using peer = scripted({ handlers });
      await peer.codex.threadStart();
      const answer = peer.server.ask(method, REQUESTS[method]);
      const id = await parked.promise;
      assertEquals(peer.codex.pendingServerRequests().map(({ state, params }) => [state, params]), [
        ["parked", REQUESTS[method]],
      ]);
      peer.codex.answer(id, ANSWERS[method]);
      assertEquals<unknown>(await answer, ANSWERS[method]);
      assertEquals(peer.codex.pendingServerRequests(), []);
    });
  }
});
