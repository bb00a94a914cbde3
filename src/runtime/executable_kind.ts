/** What a program file turns out to be by its first bytes. */
export type ExecutableKind = "linux-x64" | "linux-arm64" | "darwin" | "win32" | "script" | "unknown";

/**
 * Recognises a program by its header. Node hands a file that the kernel refuses (wrong platform, half a download) to
 * `/bin/sh`; looking first is how no shell ever sees it.
 */
export function executableKind(head: Uint8Array): ExecutableKind {
  const [a, b, c, d] = head;
  if (a === 0x7f && b === 0x45 && c === 0x4c && d === 0x46) {
    const machine = (head[18] ?? 0) | ((head[19] ?? 0) << 8);
    return machine === 0x3e ? "linux-x64" : machine === 0xb7 ? "linux-arm64" : "unknown";
  }
  if (a === 0x4d && b === 0x5a) return "win32";
  if (a === 0x23 && b === 0x21) return "script";
  // Mach-O of 64 bits in either byte order, and the universal format.
  const word = ((a ?? 0) << 24 | (b ?? 0) << 16 | (c ?? 0) << 8 | (d ?? 0)) >>> 0;
  if (word === 0xcffaedfe || word === 0xfeedfacf || word === 0xcafebabe || word === 0xcafebabf) return "darwin";
  return "unknown";
}

/** Says why a program of this kind cannot run here, or `null` if nothing speaks against it. */
export function whyNotRunnable(kind: ExecutableKind, platform: string, arch: string): string | null {
  const here = `${platform}-${arch}`;
  if (kind === "unknown") {
    // Other systems and machines have formats of their own; only where the formats are known is "unknown" a verdict.
    return platform === "linux" || platform === "darwin" || platform === "win32"
      ? `it is not a program that ${here} can run (unknown format; a script needs a #! line)`
      : null;
  }
  if (kind === "script") return platform === "win32" ? "it is a script, and Windows runs programs only" : null;
  if (kind === "darwin" || kind === "win32") {
    return kind === platform ? null : `it is a program for ${kind}, and this is ${here}`;
  }
  return platform !== "linux" || kind !== here && (arch === "x64" || arch === "arm64")
    ? `it is a program for ${kind}, and this is ${here}`
    : null;
}
