import { assertThrows } from "@std/assert";
import { CodexNotFoundError } from "../../src/errors.ts";
import { locateCodex, type LocateOptions } from "../../src/runtime/locate.ts";
import { type FakeMachine, fakeRuntime } from "./fake_machine.ts";

export const TRIPLE: string = "x86_64-unknown-linux-musl";
export const APP: string = "/home/me/app/node_modules";
export const OPENAI: string = `${APP}/@openai/codex-linux-x64/vendor/${TRIPLE}`;
export const STAGED: string = `${APP}/@codex-app-server/runtime-linux-x64`;

/** The program of most of these tests. */
export const MAIN: string = "/home/me/app/main.js";

export function find(machine: FakeMachine, options: LocateOptions = {}): [string, string] {
  const { command, source } = locateCodex(fakeRuntime({ main: MAIN, ...machine }), options);
  return [command, source];
}

export function refused(machine: FakeMachine, options: LocateOptions = {}): CodexNotFoundError {
  return assertThrows(() => locateCodex(fakeRuntime({ main: MAIN, ...machine }), options), CodexNotFoundError);
}
