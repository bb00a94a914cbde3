/**
 * Gives an error a property that is not shown where the error is printed: what the message says already would be read
 * twice.
 */
export function unprinted(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, enumerable: false, writable: true, configurable: true });
}
