/**
 * Prints which paths of a list (the first argument: a file with JSON) `allowPaths` accepts for the folders behind it. A
 * process of its own, since the working directory counts, and that is shared by all tests of a process.
 */
// deno-lint-ignore-file no-console -- a program that prints
import { readFileSync } from "node:fs";
import process from "node:process";
import { allowPaths, type ApprovalQuestion } from "@codex-app-server/sdk/policies";
import { fileChangeQuestion } from "../../src/policies/questions.ts";
import { decision } from "./ask.ts";
import { REQUESTS } from "./requests.ts";

const [list = "", ...folders] = process.argv.slice(2);
const policy = allowPaths(folders);
const question = fileChangeQuestion(REQUESTS["item/fileChange/requestApproval"], null);
const accepted: string[] = [];
for (const path of JSON.parse(readFileSync(list, "utf8")) as readonly string[]) {
  if (await decision(policy, { ...question, paths: [path] } as ApprovalQuestion) === "accept") accepted.push(path);
}
console.log(JSON.stringify(accepted));
