import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { check, SERVER_REQUESTS, type ThreadItem } from "@codex-app-server/sdk/protocol";
import {
  type ApprovalDecision,
  type ApprovalMethod,
  type ApprovalPolicy,
  type ApprovalRecord,
  denyAll,
  policyHandlers,
  type PolicyHandlersOptions,
} from "@codex-app-server/sdk/policies";
import { contextOf, PASSED } from "./context.ts";
import { REQUESTS } from "./requests.ts";

const METHODS: readonly ApprovalMethod[] = [
  "item/commandExecution/requestApproval",
  "item/fileChange/requestApproval",
  "item/permissions/requestApproval",
  "mcpServer/elicitation/request",
  "execCommandApproval",
  "applyPatchApproval",
];

const always = (decision: ApprovalDecision): ApprovalPolicy =>
  function always() {
    return { decision, reason: "because" };
  };

async function answer(
  policy: ApprovalPolicy,
  method: ApprovalMethod,
  options: PolicyHandlersOptions & { params?: unknown; item?: ThreadItem; signal?: AbortSignal; own?: boolean } = {},
): Promise<unknown> {
  const { audit, unjudged, others } = options;
  const handler = policyHandlers(policy, { audit, unjudged, others })[method] as (
    params: unknown,
    ctx: unknown,
  ) => Promise<unknown>;
  return await handler(options.params ?? REQUESTS[method], contextOf(method, options));
}

describe("policyHandlers", () => {
  test("[A9] every decision has a valid answer to every request", async () => {
    for (const method of METHODS) {
      for (const decision of ["accept", "acceptForSession", "decline", "cancel"] as const) {
        const result = await answer(always(decision), method);
        assertEquals(check(SERVER_REQUESTS[method].result, result, { unknownKeys: true }).issues, [], method);
      }
    }
  });

  test("[A11] what another client of a shared server started is left to it, unless the policy is to answer for all", async () => {
    for (const method of METHODS) {
      assertEquals(await answer(always("accept"), method, { own: false }), PASSED);
      assert(await answer(always("decline"), method, { own: false, others: true }) !== PASSED);
    }
  });

  test("[A9] decisions are told in each request's own words", async () => {
    const words = async (method: ApprovalMethod) => {
      const params = { ...REQUESTS[method], availableDecisions: null };
      return [
        await answer(always("accept"), method, { params }),
        await answer(always("acceptForSession"), method, { params }),
        await answer(always("decline"), method, { params }),
        await answer(always("cancel"), method, { params }),
      ];
    };
    for (const method of METHODS.slice(0, 2)) {
      const expected = ["accept", "acceptForSession", "decline", "cancel"].map((decision) => ({ decision }));
      assertEquals<unknown>(await words(method), expected);
    }
    const { permissions } = REQUESTS["item/permissions/requestApproval"];
    assertEquals<unknown>(await words("item/permissions/requestApproval"), [
      { permissions, scope: "turn" },
      { permissions, scope: "session" },
      { permissions: {}, scope: "turn" },
      { permissions: {}, scope: "turn" },
    ]);
    assertEquals<unknown>(await words("mcpServer/elicitation/request"), [
      { action: "accept", content: {} },
      { action: "accept", content: {}, _meta: { persist: "session" } },
      { action: "decline", content: null },
      { action: "cancel", content: null },
    ]);
    for (const method of METHODS.slice(4)) {
      assertEquals<unknown>(await words(method), [
        { decision: "approved" },
        { decision: "approved_for_session" },
        { decision: { denied: { rejection: "because" } } },
        { decision: "abort" },
      ]);
    }
  });

  test("[A9] what no policy can judge is refused, and the audit says so", async () => {
    for (const method of METHODS) {
      const records: ApprovalRecord[] = [];
      const result = await answer(() => undefined, method, { audit: (record) => void records.push(record) });
      assertEquals(records.map(({ decision, policy }) => [decision, policy]), [["decline", "none"]]);
      const text = JSON.stringify(result);
      assert(!/accept|approved|enabled/.test(text), text);
    }
  });

  test("[A11] what no policy can judge may be passed on instead, unrecorded; what it refuses is not", async () => {
    for (const method of METHODS) {
      const records: ApprovalRecord[] = [];
      const options = { unjudged: "pass", audit: (record: ApprovalRecord) => void records.push(record) } as const;
      assertEquals(await answer(() => undefined, method, options), PASSED);
      assertEquals(records, []);
      assert(await answer(denyAll(), method, options) !== PASSED);
      assertEquals(records.length, 1);
    }
  });

  test("[A9] the audit is told each decision, before it is answered, as plain data", async () => {
    for (const method of METHODS) {
      const records: ApprovalRecord[] = [];
      let answered = false;
      const audit = async (record: ApprovalRecord) => {
        await Promise.resolve();
        assert(!answered);
        records.push(record);
      };
      await answer(denyAll("no"), method, { audit });
      answered = true;
      const [record] = records;
      assert(record !== undefined && records.length === 1);
      assertEquals([record.method, record.decision, record.policy, record.reason], [
        method,
        "decline",
        "denyAll",
        "no",
      ]);
      assert(Date.now() - record.at < 60_000);
      assertEquals(record.question.threadId, "thread-1");
      assertEquals(JSON.parse(JSON.stringify(record)).question.kind, record.question.kind);
    }
  });

  test("[A4] an audit that fails fails the request, so that nothing is accepted unrecorded", async () => {
    for (const method of METHODS) {
      const audit = () => Promise.reject(new Error("disk full"));
      await assertRejects(() => answer(always("accept"), method, { audit }), Error, "disk full");
    }
  });

  test("[A4] a policy that throws fails the request, which refuses it", async () => {
    for (const method of METHODS) {
      await assertRejects(() => answer(() => Promise.reject(new Error("broken")), method), Error, "broken");
    }
  });

  test("[A3] the policy sees the request's signal", async () => {
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const policy: ApprovalPolicy = (_question, { signal }) => {
      seen = signal;
      return undefined;
    };
    await answer(policy, "item/commandExecution/requestApproval", { signal: controller.signal });
    assertEquals(seen === controller.signal, true);
  });

  test("[A9] an elicitation that wants an answer of its own cannot be accepted by a decision", async () => {
    const base = { threadId: "thread-1", turnId: null, serverName: "files" };
    for (
      const params of [
        {
          ...base,
          mode: "form",
          message: "Name?",
          requestedSchema: { type: "object", properties: { name: { type: "string" } } },
        },
        { ...base, mode: "url", message: "Open", url: "https://example.org/", elicitationId: "e" },
        { ...base, mode: "openai/form", message: "x", requestedSchema: {} },
        { ...base, mode: "openai/userVerification", title: "t", description: "d", challenge: "c" },
      ]
    ) {
      const records: ApprovalRecord[] = [];
      const options = { params, audit: (record: ApprovalRecord) => void records.push(record) };
      const result = await answer(always("accept"), "mcpServer/elicitation/request", options);
      assertEquals(result, { action: "decline", content: null });
      assertEquals(records[0]?.decision, "decline");
      assertStringIncludes(records[0]?.reason ?? "", "wants an answer of its own");
    }
  });

  test("[A9] for the session only where the MCP server's request offers it", async () => {
    const params = { ...REQUESTS["mcpServer/elicitation/request"], _meta: null };
    const result = await answer(always("acceptForSession"), "mcpServer/elicitation/request", { params });
    assertEquals(result, { action: "accept", content: {} });
  });

  test("[P10] an answer is one that the question offers; what it does not offer becomes narrower, or a refusal", async () => {
    const method = "item/commandExecution/requestApproval";
    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["cat"] } };
    for (
      const [availableDecisions, accept, session, cancel] of [
        [undefined, "accept", "acceptForSession", "cancel"],
        [null, "accept", "acceptForSession", "cancel"],
        [["accept", "acceptForSession", "decline", "cancel"], "accept", "acceptForSession", "cancel"],
        // As the real server offers it for most commands. To decline is possible all the same: the turn goes on.
        [["accept", amendment, "cancel"], "accept", "accept", "cancel"],
        [["accept", "decline"], "accept", "accept", "decline"],
        [["acceptForSession", "decline"], "decline", "acceptForSession", "decline"],
        [["decline", "cancel"], "decline", "decline", "cancel"],
        [[amendment], "decline", "decline", "decline"],
        [[], "decline", "decline", "decline"],
      ] as const
    ) {
      const params = { ...REQUESTS[method], availableDecisions };
      const records: ApprovalRecord[] = [];
      const say = (decision: ApprovalDecision) =>
        answer(always(decision), method, { params, audit: (record) => void records.push(record) });
      const expected = [accept, session, cancel, "decline"] as const;
      assertEquals<unknown>(
        [await say("accept"), await say("acceptForSession"), await say("cancel"), await say("decline")],
        expected.map((decision) => ({ decision })),
        JSON.stringify(availableDecisions),
      );
      // The audit has what is answered.
      assertEquals(records.map(({ decision }) => decision), [...expected]);
    }
  });

  test("[P10] where there are no words for it: no cancel of permissions, no session of a form", async () => {
    const told = async (decision: ApprovalDecision, method: ApprovalMethod, params: unknown) => {
      const records: ApprovalRecord[] = [];
      await answer(always(decision), method, { params, audit: (record) => void records.push(record) });
      return records[0]?.decision;
    };
    assertEquals(await told("cancel", "item/permissions/requestApproval", undefined), "decline");
    const form = { ...REQUESTS["mcpServer/elicitation/request"], _meta: { persist: ["always"] } };
    assertEquals(await told("acceptForSession", "mcpServer/elicitation/request", form), "accept");
  });

  test("[A9] a checkpoint for a person knows no session: accepted once", async () => {
    const method = "item/commandExecution/requestApproval";
    const params = { ...REQUESTS[method], kind: "humanCommand" };
    assertEquals<unknown>(await answer(always("acceptForSession"), method, { params }), { decision: "accept" });
  });

  test("[A9] the item of a file change tells its paths", async () => {
    const item: ThreadItem = {
      type: "fileChange",
      id: "item-1",
      status: "inProgress",
      changes: [{ path: "/repo/a", kind: { type: "add" }, diff: "" }],
    };
    const records: ApprovalRecord[] = [];
    await answer(denyAll(), "item/fileChange/requestApproval", { item, audit: (record) => void records.push(record) });
    const question = records[0]?.question;
    assert(question?.kind === "fileChange");
    assertEquals(question.paths, ["/repo/a"]);
  });
});
