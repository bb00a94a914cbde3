/** What became of one test. */
export interface TestCase {
  /** Its name with those of the suites around it, joined by ` > `. */
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
}

/** Sums over test cases. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the JUnit report that `deno test`, `bun test` or `node --test` wrote. Suites are left out: only leaves count. */
export function parseJunit(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  const suites: string[] = [];
  // Deno and Bun put a suite for the file around its tests; Node does not.
  const files = /<testsuites name="(deno|bun) test"/.test(xml) ? 1 : 0;
  let open: { name: string; result: TestCase["result"] } | undefined;
  for (const [, closing, tag, attributes = "", selfClosing] of xml.matchAll(TAG)) {
    if (tag === "testsuite") {
      if (closing) suites.pop();
      else if (!selfClosing) suites.push(nameOf(attributes));
    } else if (tag === "testcase" && !closing) {
      open = { name: [...suites.slice(files), nameOf(attributes)].join(" > "), result: "passed" };
      if (selfClosing) {
        cases.push(open);
        open = undefined;
      }
    } else if (tag === "testcase" && open) {
      cases.push(open);
      open = undefined;
    } else if (open && !closing) {
      open.result = tag === "skipped" ? "skipped" : "failed";
    }
  }
  return leaves(cases);
}

// `failure` and `error` elements hold text in which every `<` is escaped, so a scan for tags is enough.
const TAG = /<(\/?)(testsuite|testcase|failure|error|skipped)\b((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>/g;

/** Deno reports a `describe` as a case of its own, named like the start of its tests' names. */
function leaves(cases: readonly TestCase[]): TestCase[] {
  const parents = new Map<string, boolean>();
  for (const { name, result } of cases) {
    for (let end = name.lastIndexOf(" > "); end > 0; end = name.lastIndexOf(" > ", end - 1)) {
      const parent = name.slice(0, end);
      parents.set(parent, (parents.get(parent) ?? false) || result === "failed");
    }
  }
  // A suite that failed although none of its tests did (in a hook, say) stays in as a failure.
  return cases.filter(({ name, result }) => !parents.has(name) || (result === "failed" && !parents.get(name)));
}

function nameOf(attributes: string): string {
  const raw = /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "";
  return raw.replace(/&(lt|gt|quot|apos|amp|#(\d+));/g, (_, entity: string, code?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    return { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" }[entity] ?? "";
  });
}

/** Adds the cases up. */
export function count(cases: readonly TestCase[]): Counts {
  const of = (result: TestCase["result"]) => cases.filter((one) => one.result === result).length;
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
}
