/** The built-in methods that touch bytes or characters in bulk, and how many of them. */
const BULK: readonly (readonly [object, string, (self: Sized, args: readonly unknown[], result: unknown) => number])[] =
  [
    [Uint8Array.prototype, "set", (_self, [source]) => (source as Sized).length],
    [Uint8Array.prototype, "slice", (_self, _args, result) => (result as Sized).length],
    [Uint8Array.prototype, "indexOf", (self, [, from], result) => scanned(self, from, result)],
    [Uint8Array.prototype, "lastIndexOf", (self, _args, result) => self.length - Math.max(result as number, 0)],
    [String.prototype, "indexOf", (self, [, from], result) => scanned(self, from, result)],
    [String.prototype, "slice", (_self, _args, result) => (result as Sized).length],
    [String.prototype, "includes", (self) => self.length],
    [TextDecoder.prototype, "decode", (_self, [bytes]) => (bytes as Sized | undefined)?.length ?? 0],
  ];

interface Sized {
  readonly length: number;
}

function scanned(self: Sized, from: unknown, result: unknown): number {
  const start = typeof from === "number" ? from : 0;
  return (result === -1 ? self.length : (result as number) + 1) - start;
}

/** Counts how many bytes and characters `body` copies, decodes and searches. Time differs from run to run; this does not. */
export function countWork(body: () => void): number {
  let work = 0;
  const restore = BULK.map(([owner, name, cost]) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name) ??
      { ...Object.getOwnPropertyDescriptor(Object.getPrototypeOf(owner), name)! };
    const inherited = !Object.hasOwn(owner, name);
    const original = descriptor.value as (...args: unknown[]) => unknown;
    Object.defineProperty(owner, name, {
      ...descriptor,
      value: function (this: Sized, ...args: unknown[]) {
        const result = original.apply(this, args);
        work += cost(this, args, result);
        return result;
      },
    });
    return () => inherited ? Reflect.deleteProperty(owner, name) : Object.defineProperty(owner, name, descriptor);
  });
  try {
    body();
    return work;
  } finally {
    for (const undo of restore) undo();
  }
}
