/** How far Deno lets this program go, by kind of permission. */
export type DenoPermissions = Readonly<Record<"run" | "read" | "write" | "env" | "net", "all" | "some" | "none">>;

/** As much of Deno as is looked at: the core compiles without its types. */
interface DenoLike {
  readonly permissions: {
    querySync(of: { readonly name: string }): { readonly state: string; readonly partial?: boolean };
  };
}

/** What Deno permits; `null` on a runtime that has no permissions. */
export function denoPermissions(): DenoPermissions | null {
  const { Deno } = globalThis as { readonly Deno?: DenoLike };
  if (Deno === undefined) return null;
  const of = (name: keyof DenoPermissions) => {
    const { state, partial } = Deno.permissions.querySync({ name });
    return state === "granted" ? partial ? "some" : "all" : partial ? "some" : "none";
  };
  return { run: of("run"), read: of("read"), write: of("write"), env: of("env"), net: of("net") };
}
