import type { Codex } from "../../mod.ts";
import { checkOptions, flag, objectWith, type OptionChecks } from "../util/options.ts";
import { type InstrumentOptions, settingsOf } from "./settings.ts";
import { Telemetry } from "./telemetry.ts";

const CHECKS: OptionChecks<InstrumentOptions> = {
  tracer: objectWith("a Tracer", "startSpan"),
  meter: objectWith("a Meter", "createHistogram"),
  captureContent: flag,
};

const WATCHED = new WeakMap<Codex, Telemetry>();

/**
 * Makes spans and metrics of what a client and its agents do, by the GenAI conventions of OpenTelemetry: a span
 * `invoke_agent` for each turn, also for those of sub-agents, which stand below the turn that they work for, and one
 * `execute_tool` for each command, patch, search and call of a tool; approvals and what was decided are events on them.
 * Which trace a turn belongs to is said by the context in which it is started; it goes to the server with every request,
 * and handlers and tools run in that of their call.
 *
 * Nothing of what was said or done is in them, unless `captureContent` asks for it. It starts nothing and does not keep
 * the program alive; spans that are open when the connection ends are ended then, with its error as `error.type`. Called
 * again for the same client, it changes the options, for the turns that begin from then on. A closed one has nothing to
 * tell.
 *
 * Needs `@opentelemetry/api`; without an SDK, or Deno's own (`OTEL_DENO=true`), nothing is recorded.
 *
 * @throws {TypeError} If there is no such option, or one is of another type.
 * @example
 * ```ts ignore
 * import { Codex } from "@codex-app-server/sdk";
 * import { instrument } from "@codex-app-server/sdk/otel";
 *
 * await using codex = new Codex();
 * instrument(codex);
 * const thread = await codex.threadStart();
 * await thread.run("What does this project do?");
 * ```
 */
export function instrument(codex: Codex, options: InstrumentOptions = {}): void {
  objectWith("a Codex", "observe")(codex, "instrument: the first argument");
  checkOptions("instrument", options, CHECKS);
  const settings = settingsOf(options);
  const watched = WATCHED.get(codex);
  if (watched === undefined) WATCHED.set(codex, new Telemetry(codex, settings));
  else watched.settings = settings;
}
