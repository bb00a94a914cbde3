/**
 * Compiles only while `host.d.ts` says what the real files say.
 *
 * @module
 */
import type * as askLine from "../../src/runtime/ask_line.ts";
import type * as findProgram from "../../src/runtime/find_program.ts";
import type * as realTarget from "../../src/runtime/real_target.ts";
import type * as select from "../../src/runtime/select.ts";
import type * as variable from "../../src/runtime/variable.ts";
import type * as wsSocket from "../../src/runtime/ws_socket.ts";
import type * as host from "./host.d.ts";

type Fits<Real extends Said, Said> = Real;
type Values<Module, Name extends keyof Module> = Pick<Module, Name>;

/** One line a file: what it exports fits what the core is told of it. */
export type Agreement = [
  Fits<typeof select, Values<typeof host, "currentRuntime">>,
  Fits<typeof realTarget, Values<typeof host, "realTarget" | "realFolder" | "wayTo">>,
  Fits<typeof findProgram, Values<typeof host, "findProgram">>,
  Fits<typeof askLine, Values<typeof host, "askLine">>,
  Fits<typeof variable, Values<typeof host, "variable">>,
  Fits<typeof wsSocket, Values<typeof host, "openSocket">>,
  Fits<realTarget.Way, host.Way>,
];
