import { bunRuntime } from "../../src/runtime/bun.ts";
import { denoRuntime } from "../../src/runtime/deno.ts";
import { nodeRuntime } from "../../src/runtime/node.ts";
import { detectRuntime } from "../../src/runtime/select.ts";
import { spawnContract } from "./contract.ts";

// Node's API exists under all three runtimes; the others have one of their own besides.
spawnContract("node:child_process", nodeRuntime().spawn);
switch (detectRuntime()) {
  case "deno":
    spawnContract("Deno.Command", denoRuntime().spawn);
    break;
  case "bun":
    spawnContract("Bun.spawn", bunRuntime().spawn);
    break;
  case "node":
    break;
}
