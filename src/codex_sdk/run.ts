import { AbortError } from "./abort_error.ts";
import { EventQueue } from "./event_queue.ts";
import type { ThreadEvent } from "./events.ts";
import { toNativeInput, toSchema } from "./input.ts";
import type { Input, TurnOptions } from "./options.ts";
import type { TurnRequest } from "./turn.ts";

/** As the protocol spells them. */
const PROGRAMS = { standard: "standard", daybreak_blue: "daybreakBlue", daybreak_red: "daybreakRed" } as const;

/** Runs a turn, and resolves when it is over. Given up as soon as nothing of it is under way. */
export type TurnRunner = (request: TurnRequest, given: AbortSignal) => Promise<void>;

/** The events of one run. Whoever stops to read them ends it. */
export async function* runEvents(run: TurnRunner, input: Input, options: TurnOptions): AsyncGenerator<ThreadEvent> {
  const { signal, cyberAccessProgram } = options;
  const outputSchema = toSchema(options.outputSchema);
  if (cyberAccessProgram !== undefined && !Object.hasOwn(PROGRAMS, cyberAccessProgram)) {
    const known = Object.keys(PROGRAMS).join(", ");
    throw new Error(`cyberAccessProgram must be one of ${known}, and is ${JSON.stringify(cyberAccessProgram)}`);
  }
  if (signal?.aborted === true) throw new AbortError(signal.reason);
  const events = new EventQueue<ThreadEvent>();
  const request: TurnRequest = {
    input: toNativeInput(input),
    options: {
      ...(outputSchema === undefined ? {} : { outputSchema, checkOutputSchema: false }),
      ...(cyberAccessProgram === undefined ? {} : { cyberAccessProgram: PROGRAMS[cyberAccessProgram] }),
    },
    emit: (event) => events.push(event),
  };
  const given = new AbortController();
  // Nobody waits for the end of what is given up: the server may be starting, or a command may be hard to end.
  const onAbort = () => {
    events.abort(new AbortError(signal?.reason));
    given.abort();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  run(request, given.signal).then(() => events.end(), (error) => events.fail(error));
  try {
    yield* events;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    given.abort();
  }
}
