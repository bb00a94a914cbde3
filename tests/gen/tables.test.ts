import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as protocol from "../../gen/mod.ts";

interface Node {
  readonly kind: "schema";
  readonly type: string;
  readonly [property: string]: unknown;
}

const schemas = Object.entries(protocol).filter(([name]) => name.endsWith("Schema")) as unknown as [string, Node][];

describe("the generated tables", () => {
  test("nothing is built at import, and then only what is used", () => {
    const script = fileURLToPath(import.meta.url).replace("tables.test", "built_at_import");
    const args = "Deno" in globalThis ? ["run", "-A", script] : [script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert(stdout !== "", stderr);
    assertEquals(JSON.parse(stdout), { before: [], after: ["ThreadItemSchema", "TurnSchema", "TurnStatusSchema"] });
  });

  test("every schema can be built, down to its leaves", () => {
    const seen = new Set<unknown>();
    for (const [name, schema] of schemas) walk(schema, name, seen);
    assert(schemas.length > 1000 && seen.size > schemas.length, `${schemas.length} schemas, ${seen.size} nodes`);
  });

  test("[R1] every entry of the tables has schemas, and the params that it should have", () => {
    const isSchema = (value: unknown) => typeof value === "object" && value !== null && "~run" in value;
    for (const table of [protocol.CLIENT_REQUESTS, protocol.SERVER_REQUESTS]) {
      for (const [method, { params, result, experimental }] of Object.entries(table)) {
        assert(params === null || isSchema(params), method);
        assert(isSchema(result), method);
        assertEquals(typeof experimental, "boolean", method);
      }
    }
    for (const [method, { params }] of Object.entries(protocol.SERVER_NOTIFICATIONS)) assert(isSchema(params), method);
    assertStrictEquals(protocol.CLIENT_REQUESTS["account/logout"].params, null);
    assertStrictEquals(protocol.CLIENT_REQUESTS["turn/start"].params, protocol.TurnStartParamsSchema);
    assertStrictEquals(protocol.CLIENT_REQUESTS["config/value/write"].result, protocol.ConfigWriteResponseSchema);
  });

  test("[R1] every message of the server has a route, and no other", () => {
    const methods = [...Object.keys(protocol.SERVER_NOTIFICATIONS), ...Object.keys(protocol.SERVER_REQUESTS)];
    assertEquals(Object.keys(protocol.ROUTING).sort(), methods.sort());
  });

  test("routes say where the ids are", () => {
    const { ROUTING } = protocol;
    assertEquals(ROUTING["turn/completed"], { thread: "threadId", turn: "turn.id" });
    assertEquals(ROUTING["thread/started"], { thread: "thread.id" });
    assertEquals(ROUTING["item/completed"], { thread: "threadId", turn: "turnId", item: "item.id" });
    assertEquals(ROUTING["item/tool/call"], { thread: "threadId", turn: "turnId", item: "callId" });
    assertEquals(ROUTING["execCommandApproval"], { thread: "conversationId", item: "callId" });
    assertEquals(ROUTING["account/login/completed"], { login: "loginId" });
    assertEquals(ROUTING["mcpServer/elicitation/request"], { thread: "threadId", turn: "turnId" });
    const delta = { thread: "threadId", turn: "turnId", item: "itemId", delta: true } as const;
    assertEquals(ROUTING["item/agentMessage/delta"], delta);
    // A piece of a process's output belongs to no item: joining two of them is not the router's to do.
    assertEquals(ROUTING["process/outputDelta"]?.delta, undefined);
  });

  test("the method tables are sorted", () => {
    const { CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS, ROUTING } = protocol;
    for (const table of [CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS, ROUTING]) {
      assertEquals(Object.keys(table), Object.keys(table).sort());
    }
  });
});

/** Builds everything that can be reached from a schema. */
function walk(value: unknown, path: string, seen: Set<unknown>): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  const node = value as Node;
  assertEquals([node.kind, typeof node["~run"]], ["schema", "function"], path);
  seen.add(node);
  const parts: Record<string, unknown> = {};
  switch (node.type) {
    case "loose_object":
      Object.assign(parts, node["entries"]);
      break;
    case "array":
      parts["[]"] = node["item"];
      break;
    case "record":
      parts["{}"] = node["value"];
      break;
    case "nullable":
    case "optional":
    case "later":
      parts["?"] = node["wrapped"];
      break;
    case "variant":
    case "union":
      Object.assign(parts, node["options"]);
      break;
    case "keyed":
      Object.assign(parts, (node["build"] as () => object)());
      break;
    case "lazy":
      parts["()"] = (node["getter"] as () => unknown)();
      break;
    default:
      assert(
        ["boolean", "literal", "number", "picklist", "string", "unknown"].includes(node.type),
        `${path}: ${node.type}`,
      );
  }
  for (const [key, part] of Object.entries(parts)) {
    assert(typeof part === "object" && part !== null, `${path}.${key} is no schema`);
    walk(part, `${path}.${key}`, seen);
  }
}
