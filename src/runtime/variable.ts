/** A variable of the environment; of what Deno does not let this program see, nothing is known, and nobody is asked. */
export function variable(name: string): string | undefined {
  if ("Deno" in globalThis && Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return;
  return globalThis.process.env[name] || undefined;
}
