import process from "node:process";

/** The sliver of Deno that is used here. */
interface DenoEnv {
  readonly permissions: { querySync(descriptor: { name: "env"; variable: string }): { readonly state: string } };
}

/** A variable of the environment; of what Deno does not let this program see, nothing is known, and nobody is asked. */
export function variable(name: string): string | undefined {
  const { Deno } = globalThis as { readonly Deno?: DenoEnv };
  if (Deno !== undefined && Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") return;
  return process.env[name] || undefined;
}
