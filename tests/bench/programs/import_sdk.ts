/** A program that imports the SDK and does nothing with it. */
import { Codex } from "@codex-app-server/sdk";
import { finish, mainThreadMs } from "./measure.ts";

finish({ wallMs: performance.now(), mainMs: mainThreadMs(), characters: Codex.name.length });
