// deno-lint-ignore-file no-console -- a command line tool
/**
 * The one entry point for maintenance.
 *
 *     deno run -A scripts/update_sdk_artifacts.ts generate-types [--schema-dir DIR]
 *     deno run -A scripts/update_sdk_artifacts.ts stage-sdk DIR --sdk-version V --runtime-version V
 *     deno run -A scripts/update_sdk_artifacts.ts stage-runtime DIR CODEX --runtime-version V [--platform P]
 *
 * `generate-types` writes `gen/` from the schema of the pinned runtime. The other two stage a release and publish nothing:
 * see RELEASING.md.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { ROOT, TOOLS } from "./lib/project.ts";
import { run } from "./lib/subprocess.ts";
import { Refusal, refuseUnless } from "./release/refusal.ts";
import { stageRuntime } from "./release/stage_runtime.ts";
import { stageSdk } from "./release/stage_sdk.ts";

const USAGE = `Usage:
  generate-types [--schema-dir DIR]
  stage-sdk DIR --sdk-version V --runtime-version V
  stage-runtime DIR CODEX --runtime-version V [--platform P]`;

async function main(args: string[]): Promise<void> {
  const { values, positionals: [command, stage, codex, ...rest] } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "schema-dir": { type: "string" },
      "sdk-version": { type: "string" },
      "runtime-version": { type: "string" },
      platform: { type: "string" },
    },
  });
  refuseUnless(rest.length === 0, `too many arguments: ${rest.join(" ")}\n${USAGE}`);
  switch (command) {
    case "generate-types": {
      const from = values["schema-dir"];
      const args = ["run", "-A", "scripts/generate.ts", ...(from === undefined ? [] : ["--schema-dir", from])];
      const { code } = await run(TOOLS.deno.command, args, { cwd: ROOT, timeoutMs: 300_000, echo: true });
      process.exitCode = code;
      return;
    }
    case "stage-sdk":
      refuseUnless(stage !== undefined && codex === undefined, `stage-sdk takes one folder\n${USAGE}`);
      console.log(
        await stageSdk({ stage, sdkVersion: values["sdk-version"], runtimeVersion: values["runtime-version"] }),
      );
      return;
    case "stage-runtime":
      refuseUnless(
        stage !== undefined && codex !== undefined,
        `stage-runtime takes a folder and a codex package\n${USAGE}`,
      );
      for (
        const tarball of await stageRuntime({
          stage,
          codex,
          runtimeVersion: values["runtime-version"],
          platform: values.platform,
        })
      ) console.log(tarball);
      return;
    default:
      throw new Refusal(USAGE);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const misused = error instanceof Error && String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof Refusal) && !misused) throw error;
  console.error(misused ? `${error.message}\n${USAGE}` : error.message);
  process.exitCode = 1;
}
