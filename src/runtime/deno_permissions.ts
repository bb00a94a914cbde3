/** How far Deno lets this program go, by kind of permission. */
export type DenoPermissions = Readonly<Record<"run" | "read" | "write" | "env" | "net", "all" | "some" | "none">>;

/** What Deno permits; `null` on a runtime that has no permissions. */
export function denoPermissions(): DenoPermissions | null {
  if (!("Deno" in globalThis)) return null;
  const of = (name: keyof DenoPermissions) => {
    const { state, partial } = Deno.permissions.querySync({ name });
    return state === "granted" ? partial ? "some" : "all" : partial ? "some" : "none";
  };
  return { run: of("run"), read: of("read"), write: of("write"), env: of("env"), net: of("net") };
}
