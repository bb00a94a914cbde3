import { StartError } from "../errors.ts";
import { type DenoPermissions, denoPermissions } from "./deno_permissions.ts";

/** Whether Deno refused something for want of a permission. */
export function isDenied(error: unknown): error is Error {
  return error instanceof Error && error.name === "NotCapable";
}

/** Looks, and takes `otherwise` for what the system does not show. What Deno does not permit stays an error. */
export function look<T>(at: () => T, otherwise: T): T {
  try {
    return at();
  } catch (error) {
    // Nothing there, a link in a circle, a folder that is closed to this user: nothing usable, whatever the reason.
    if (isDenied(error)) throw error;
    return otherwise;
  }
}

/** What a start needs of Deno, in the order of the document on permissions. */
const NEEDED = ["run", "read", "env"] as const;

/**
 * Deno's refusal as an error that names the flag to run with; where whole kinds of permission are lacking, all of their
 * flags at once. What it does not say is that codex is not installed: that is unknown.
 */
export function permissionError(denied: Error, granted: DenoPermissions | null = denoPermissions()): StartError {
  const text = denied.message;
  const [, kind, path] = /Requires (read|run|env|sys|write|all) access(?: to "(.*?)"(?=,|\.|$))?/s.exec(text) ?? [];
  const variable = /with (\S+) environment variable/.exec(text)?.[1];
  const advice = variable !== undefined
    // Deno never hands such variables (LD_*, DYLD_*) on to the programs of a restricted --allow-run.
    ? `Run the program with an unrestricted --allow-run, or keep the variable from the server: env: { ${variable}: undefined }.`
    : kind === undefined
    ? "Run the program with the permission it names."
    : kind === "all" || path === undefined || path.includes(",")
    ? `Run the program with --allow-${kind}.`
    : `Run the program with --allow-${kind}, or just ${narrowFlag(kind, path)}.`;
  const next = granted === null ? [] : NEEDED.filter((each) => granted[each] === "none" && each !== kind);
  const more = next.length === 0
    ? ""
    : ` What it may ask for next: ${next.map((each) => `--allow-${each}`).join(" ")}.`;
  return new StartError(`Deno did not permit what starting codex needs: ${sentence(text)} ${advice}${more}`, {
    cause: denied,
  });
}

/** The flag for one thing alone, as a shell reads it; for all of the kind where Deno can name no single one. */
export function narrowFlag(kind: string, what: string): string {
  if (what.includes(",")) return `--allow-${kind}`; // Deno takes a list there, parted by commas, which nothing escapes
  if (/^[\p{L}\p{N}@%+=:./_-]+$/u.test(what)) return `--allow-${kind}=${what}`;
  const isWindows = /^[A-Za-z]:\\|^\\\\/.test(what);
  if (isWindows) return `--allow-${kind}=${what.includes(" ") ? `"${what}"` : what}`;
  return `--allow-${kind}="${what.replace(/["$`\\]/g, "\\$&")}"`;
}

/** Deno's message without its own advice, which is less exact. */
function sentence(text: string): string {
  return text.replace(/(, run again with the --allow-\w+ flag|\. Alternatively,.*)$/s, "").replace(/\.?$/, ".");
}
