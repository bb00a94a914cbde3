import type { Probe } from "./probe.ts";
import { CODEX_DOCTOR } from "./probes/codex_doctor.ts";
import { HOME, PATH, PEERS, PROXY } from "./probes/environment.ts";
import { BINARY, PERMISSIONS, RUNTIME } from "./probes/machine.ts";
import { SERVER } from "./probes/server.ts";
import { LOCKS, ROLLOUTS } from "./probes/threads.ts";
import { LIVE_TURN, SCRIPTED_TURN } from "./probes/turn.ts";

/** All that the doctor looks at, in the order in which it tells it. */
export const PROBES: readonly Probe[] = [
  RUNTIME,
  PERMISSIONS,
  BINARY,
  HOME,
  SERVER,
  SCRIPTED_TURN,
  LIVE_TURN,
  PATH,
  PROXY,
  PEERS,
  LOCKS,
  ROLLOUTS,
  CODEX_DOCTOR,
];
