import { accessSync, constants, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";

/** Where Deno lets no program in that has not all permissions, and `allowPaths` nobody at all: devices, not files. */
const DEVICES = /^\/(?:dev|proc|sys)\//;

/** Folders that a machine with such places has as well. */
const ORDINARY: readonly string[] = ["/tmp", "/var/tmp"];

/** If the temporary folder lies among the devices, as /dev/shm does, this process and its children use another one. */
export function leaveDevices(): void {
  if (!DEVICES.test(realpathSync(tmpdir()))) return;
  const folder = ORDINARY.find(isWritable);
  if (folder !== undefined) process.env["TMPDIR"] = folder;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
