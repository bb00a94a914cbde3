// An MCP server in a few lines, for it must not need a package: tools that add, fail and ask.
import process from "node:process";
import { createInterface } from "node:readline";

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const text = (value) => ({ type: "text", text: value });
const waiting = new Map();
let asked = 0;

async function call({ name, arguments: given }) {
  switch (name) {
    case "add": {
      const sum = given.a + given.b;
      return { content: [text(`${sum}`)], structuredContent: { sum }, _meta: { unit: "apples" } };
    }
    case "ask": {
      const requestedSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
      const id = `ask-${asked++}`;
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      send({ id, method: "elicitation/create", params: { message: "Your name?", requestedSchema } });
      return { content: [text(JSON.stringify(await answer))] };
    }
    default:
      return { content: [text("no")], isError: true };
  }
}

const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "calc", version: "1.0.0" },
  }),
  "tools/list": () => ({
    tools: ["add", "fail", "ask"].map((name) => ({ name, description: name, inputSchema: { type: "object" } })),
  }),
  "tools/call": call,
  ping: () => ({}),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) waiting.get(id)?.(result);
  else if (id !== undefined && ANSWERS[method] === undefined) send({ id, error: { code: -32601, message: method } });
  else if (id !== undefined) Promise.resolve(ANSWERS[method](params)).then((answer) => send({ id, result: answer }));
}
