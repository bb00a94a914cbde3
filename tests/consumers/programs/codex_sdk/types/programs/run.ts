// A script: one thread, some runs, a schema.
import { Codex } from "@openai/codex-sdk";

const schema = {
  type: "object",
  properties: { summary: { type: "string" }, status: { type: "string", enum: ["ok", "action_required"] } },
  required: ["summary", "status"],
  additionalProperties: false,
} as const;

export async function main(): Promise<string> {
  const codex = new Codex({ apiKey: process.env.KEY!, baseUrl: "https://gateway.example/v1" });
  const thread = codex.startThread({ workingDirectory: process.cwd(), skipGitRepoCheck: true });
  const { finalResponse, items, usage } = await thread.run("Summarize this repository", { outputSchema: schema });
  const { status } = JSON.parse(finalResponse) as { status: "ok" | "action_required" };
  const next = await thread.run([{ type: "text", text: "Why?" }, { type: "local_image", path: "./ui.png" }]);
  const tokens: number = (usage?.input_tokens ?? 0) + (next.usage?.cache_write_input_tokens ?? 0);
  const id: string | null = thread.id;
  const again = id === null ? null : codex.resumeThread(id, { model: "gpt-5", modelReasoningEffort: "xhigh" });
  return `${status} ${items.length} ${tokens} ${again?.id}`;
}
