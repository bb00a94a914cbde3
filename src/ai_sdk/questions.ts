import type {
  McpServerElicitationRequestParams,
  McpServerElicitationRequestResponse,
  ToolRequestUserInputParams,
  ToolRequestUserInputResponse,
} from "../../gen/mod.ts";
import type { ServerRequestHandlers } from "../../mod.ts";
import { type ApprovalPolicy, type ApprovalQuestion, firstOf, policyHandlers, type Verdict } from "../policies/mod.ts";
import type { PageAnswer, Run } from "./run.ts";
import type { AskedPart, QuestionPart } from "./turn_chunks.ts";

/**
 * What is asked, as `approval.descriptor` of the part that asks. A page that wants a decision other than yes and no names
 * it as the `reason` of its answer: `acceptForSession` with a yes, `cancel` with a no.
 */
export interface ApprovalDescriptor {
  /** What is to be allowed. */
  kind: ApprovalQuestion["kind"];
  /** What exactly of a command; `null` of anything else. */
  asks: "run" | "stdin" | "human" | "network" | "permissions" | null;
  /** Why the agent asks, in its own words. Not to be trusted. */
  reason: string | null;
  /** The thread that asks: a sub-agent's is not that of the message. */
  threadId: string | null;
}

/** Handlers that ask whoever looks at the run, what `policy` does not judge before. */
export function askingHandlers(
  runOf: () => Run | undefined,
  policy: ApprovalPolicy | undefined,
): ServerRequestHandlers {
  const person: ApprovalPolicy = async (question, { signal }) => {
    const run = runOf();
    return run === undefined ? undefined : verdictOf(await run.ask(askedPart(question), signal));
  };
  const approvals = policyHandlers(
    policy === undefined ? person : firstOf(policy, person),
    { unjudged: "pass" },
  );
  return {
    ...approvals,
    "mcpServer/elicitation/request": async (params, ctx) => {
      const run = runOf();
      if (!wantsContent(params) || !ctx.own || run === undefined) {
        return await approvals["mcpServer/elicitation/request"](params, ctx);
      }
      return elicited(
        await run.askForOutput(
          { toolName: "elicitation", input: params },
          ctx.signal,
        ),
      );
    },
    "item/tool/requestUserInput": async (params, ctx) => {
      const run = runOf();
      if (!ctx.own || run === undefined) return ctx.pass();
      return answersOf(
        params,
        await run.askForOutput(inputPart(params), ctx.signal),
      );
    },
  };
}

function verdictOf(answer: PageAnswer | null): Verdict {
  if (answer === null) {
    return {
      decision: "decline",
      reason: "nobody answered in time",
      policy: "page",
    };
  }
  const { approved, reason } = answer;
  const wished = approved ? "acceptForSession" : "cancel";
  const decision = reason === wished ? wished : approved ? "accept" : "decline";
  return { decision, reason: reason ?? "answered at the page", policy: "page" };
}

function askedPart(question: ApprovalQuestion): Omit<AskedPart, "approvalId"> {
  const { kind, threadId, itemId, reason } = question;
  const asks = kind === "command" ? question.asks : null;
  const descriptor: ApprovalDescriptor = { kind, asks, reason, threadId };
  return { threadId, itemId, reason, descriptor, part: partOf(question) };
}

/** How a question is shown that has no item here: one of a sub-agent, say. */
function partOf(question: ApprovalQuestion): QuestionPart {
  switch (question.kind) {
    case "command":
      return {
        toolName: "commandExecution",
        input: { command: question.command ?? "", cwd: question.cwd },
      };
    case "fileChange": {
      const paths = question.paths ?? [];
      const changes = paths.map((path) => ({
        path,
        kind: { type: "update" },
        diff: "",
        omitted: 0,
      }));
      return {
        toolName: "fileChange",
        input: { changes, grantRoot: question.grantRoot },
      };
    }
    case "permissions":
      return {
        toolName: "permissions",
        input: { permissions: question.params.permissions },
      };
    case "elicitation":
      return {
        toolName: "elicitation",
        input: question.params,
        title: question.params.serverName,
      };
  }
}

/** Whether yes and no do not suffice. */
function wantsContent(params: McpServerElicitationRequestParams): boolean {
  return params.mode === "form" &&
    Object.keys(params.requestedSchema.properties).length > 0;
}

function elicited(
  answer: PageAnswer | null,
): McpServerElicitationRequestResponse {
  if (!answer?.approved) return { action: "decline", content: null };
  const { action = "accept", content = answer.output } = Object(answer.output);
  if (action === "decline" || action === "cancel") {
    return { action, content: null };
  }
  return {
    action: "accept",
    content: typeof content === "object" ? content : null,
  };
}

function inputPart(
  { questions }: ToolRequestUserInputParams,
): QuestionPart {
  return { toolName: "requestUserInput", input: { questions } };
}

/** What is no answer to what was asked, or in another form, is left out. */
function answersOf(
  { questions }: ToolRequestUserInputParams,
  answer: PageAnswer | null,
): ToolRequestUserInputResponse {
  const given: unknown = answer?.approved ? Object(answer.output).answers : undefined;
  const answers = questions.flatMap(({ id }) => {
    const entry: unknown = Object(given)[id];
    const list: unknown = Array.isArray(entry) ? entry : Object(entry).answers ?? entry;
    const texts = (Array.isArray(list) ? list : [list]).filter((text) => typeof text === "string");
    return texts.length === 0 ? [] : [[id, { answers: texts }] as const];
  });
  return { answers: Object.fromEntries(answers) };
}
