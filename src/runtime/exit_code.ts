/** What the exit codes mean that say something, but not to people. Those of Windows are status codes. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [101, "it panicked"],
  [127, "it, or a library that it needs, was not found"],
  [0x40010004, "ended by a debugger"],
  [0xc0000005, "access violation: it crashed"],
  [0xc000001d, "illegal instruction: it is for another processor"],
  [0xc0000022, "access denied: often by a security product"],
  [0xc0000094, "integer division by zero"],
  [0xc00000fd, "stack overflow"],
  [0xc0000135, "a DLL was not found: install the Microsoft Visual C++ Redistributable"],
  [0xc0000139, "a DLL lacks an entry point: an older one comes first on Path"],
  [0xc000013a, "ended by Ctrl-C, or with its console"],
  [0xc0000142, "a DLL failed to initialise"],
  [0xc0000374, "heap corruption"],
  [0xc0000409, "it aborted, or overran a stack buffer"],
]);

/**
 * Words an exit code: `1`, `101 (it panicked)`, `0xC0000135 (a DLL was not found ...)`. Windows reports its status codes
 * as large numbers, signed by some runtimes and unsigned by others; either way they are read in hexadecimal.
 */
export function describeExitCode(code: number): string {
  const unsigned = code >>> 0;
  const text = unsigned < 0x40000000 ? String(code) : `0x${unsigned.toString(16).toUpperCase().padStart(8, "0")}`;
  const meaning = MEANINGS.get(unsigned);
  return meaning === undefined ? text : `${text} (${meaning})`;
}
