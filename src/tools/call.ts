import type { DynamicToolCallParams, DynamicToolCallResponse } from "../../gen/mod.ts";
import type { ServerRequestContext } from "../router/server_request.ts";
import { abortable, onAbort } from "../util/abort.ts";
import { imageUrlProblem } from "../util/image_url.ts";
import { startTimer } from "../util/timer.ts";
import { messageOf } from "./json_schema.ts";
import { describeIssues, isStandardSchema, issuesOf } from "./standard_schema.ts";
import type { Tool, ToolContent, ToolContext } from "./tool.ts";

/**
 * Runs one call of a tool. Never rejects: whatever goes wrong becomes a failed result that tells the model what and why.
 *
 * It does not wait for a tool that ignores its signal; the result of such a one is dropped.
 */
export async function callTool(
  tool: Tool,
  params: DynamicToolCallParams,
  { signal, threadPath = [params.threadId] }: Partial<Pick<ServerRequestContext, "signal" | "threadPath">>,
): Promise<DynamicToolCallResponse> {
  const controller = new AbortController();
  const stopListening = onAbort(signal, (reason) => controller.abort(reason));
  const stopTimer = startTimer(tool.timeoutMs, () => {
    controller.abort(new DOMException(`it gave no result within ${tool.timeoutMs} ms`, "TimeoutError"));
  });
  const { threadId, turnId, callId } = params;
  try {
    return await abortable(
      runTool(tool, params.arguments, {
        signal: controller.signal,
        threadId,
        rootThreadId: threadPath[0] ?? threadId,
        threadPath,
        turnId,
        callId,
      }),
      controller.signal,
    );
  } catch (error) {
    return failed(`The tool ${tool.name} failed: ${messageOf(error)}`);
  } finally {
    stopTimer();
    stopListening();
  }
}

async function runTool(tool: Tool, given: unknown, ctx: ToolContext): Promise<DynamicToolCallResponse> {
  let args = given;
  if (isStandardSchema(tool.input)) {
    const checked = await tool.input["~standard"].validate(given);
    if (checked.issues !== undefined) {
      return failed(
        `The arguments of ${tool.name} do not fit its schema:\n${describeIssues(issuesOf(checked.issues))}`,
      );
    }
    args = checked.value;
  }
  const execute = tool.execute as (args: unknown, ctx: ToolContext) => unknown;
  return { success: true, contentItems: contentOf(await execute(args, ctx)) };
}

function failed(text: string): DynamicToolCallResponse {
  return { success: false, contentItems: [{ type: "inputText", text }] };
}

function contentOf(output: unknown): ToolContent[] {
  if (typeof output === "string") return [{ type: "inputText", text: output }];
  if (isContent(output)) {
    for (const item of output) {
      const problem = item.type === "inputImage" ? imageUrlProblem(item.imageUrl) : undefined;
      if (problem !== undefined) throw new TypeError(`the imageUrl of its result ${problem}`);
    }
    return output;
  }
  // `undefined` has no JSON; a tool that returns nothing has done its work, and the model should see that it has.
  return [{ type: "inputText", text: JSON.stringify(output) ?? "done" }];
}

const CONTENT_FIELDS: { readonly [type: string]: string } = {
  inputText: "text",
  inputImage: "imageUrl",
  inputAudio: "audioUrl",
};

function isContent(output: unknown): output is ToolContent[] {
  if (!Array.isArray(output) || output.length === 0) return false;
  return output.every((item: unknown) => {
    if (typeof item !== "object" || item === null) return false;
    const fields = item as Record<string, unknown>;
    const field = CONTENT_FIELDS[String(fields["type"])];
    return field !== undefined && typeof fields[field] === "string";
  });
}
