// deno-lint-ignore-file no-console -- the program of a test
/** Says which model a demonstration would use. */
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(new ScriptedModel());
console.log(demo.scripted, demo.notice);
