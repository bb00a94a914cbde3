import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import process from "node:process";
import { describe, test } from "node:test";
import { count, parseJunit } from "../../scripts/lib/junit.ts";
import { endLeaks, findLeaks, RUN_MARK } from "../../scripts/lib/leaks.ts";
import { missingNumbers, PROMISES } from "../../scripts/lib/promises.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";

const NODE = `<?xml version="1.0" encoding="utf-8"?>
<testsuites>
	<testsuite name="outer" tests="3" failures="1" skipped="1">
		<testcase name="[T1] ok &lt;x>" time="0.1" classname="test"/>
		<testcase name="bad" classname="test" failure="a > b"><failure message="x">&lt;testcase name="no"></failure></testcase>
		<testsuite name="inner"><testcase name="gone"><skipped type="skipped" message="why"/></testcase></testsuite>
	</testsuite>
	<testcase name="top" time="0.1" classname="test"/>
	<!-- tests 4 -->
</testsuites>`;

const DENO = `<testsuites name="deno test" tests="5" failures="2">
  <testsuite name="./a.test.ts" tests="2">
    <testcase name="outer" classname="./a.test.ts"><failure message="1 test step failed">x</failure></testcase>
    <testcase name="top" classname="./a.test.ts"></testcase>
  </testsuite>
  <testsuite name="ext:deno_node/testing.ts" tests="3">
    <testcase name="outer &gt; [T1] ok &lt;x&gt;"></testcase>
    <testcase name="outer &gt; bad"><failure message="x">x</failure></testcase>
    <testcase name="outer &gt; inner"></testcase>
    <testcase name="outer &gt; inner &gt; gone"><skipped/></testcase>
  </testsuite>
</testsuites>`;

const BUN = `<testsuites name="bun test" tests="4">
  <testsuite name="a.test.ts" file="a.test.ts">
    <testsuite name="outer">
      <testcase name="[T1] ok &lt;x&gt;" classname="outer" />
      <testcase name="bad" classname="outer"><failure type="Error" message="x">x</failure></testcase>
      <testsuite name="inner"><testcase name="gone"><skipped /></testcase></testsuite>
    </testsuite>
    <testcase name="top" classname="" />
  </testsuite>
</testsuites>`;

describe("the harness", () => {
  for (const [runtime, xml] of Object.entries({ NODE, DENO, BUN })) {
    test(`counts the tests of a report, and not the suites: ${runtime.toLowerCase()}`, () => {
      const cases = parseJunit(xml).map(({ name, result }) => `${name}: ${result}`).sort();
      assertEquals(cases, [
        "outer > [T1] ok <x>: passed",
        "outer > bad: failed",
        "outer > inner > gone: skipped",
        "top: passed",
      ]);
      assertEquals(count(parseJunit(xml)), { passed: 2, failed: 1, skipped: 1 });
    });
  }

  test("a suite that fails outside of its tests is a failure", () => {
    const xml = DENO.replace(`<failure message="x">x</failure>`, "");
    assertEquals(parseJunit(xml).filter(({ result }) => result === "failed").map(({ name }) => name), ["outer"]);
  });

  test("a command over its time is killed with all its children, and said so", async () => {
    const mark = randomUUID();
    const script = "sleep 600 & echo started; sleep 600";
    const outcome = await run("sh", ["-c", script], { timeoutMs: 500, env: { [RUN_MARK]: mark } });
    assert(outcome.timedOut && outcome.code !== 0);
    assertStringIncludes(outcome.output, "started");
    assertStringIncludes(outcome.output, "killed after 0.5 s");
    assertEquals(await findLeaks(mark), []);
  });

  test("a command that cannot start, or that fails, is an outcome", async () => {
    assertEquals((await run("no-such-command-anywhere", [], { timeoutMs: 5_000 })).code, 127);
    const { code, stdout, output } = await run("sh", ["-c", "echo out; echo err >&2; exit 3"], { timeoutMs: 5_000 });
    assertEquals([code, stdout], [3, "out\n"]);
    assertStringIncludes(output, "err");
    const error = await must("sh", ["-c", "echo reason >&2; exit 3"], { timeoutMs: 5_000 }).catch(String);
    assertStringIncludes(error, "reason");
  });

  test("a process that outlives its run is found, whoever its parent is", async () => {
    if (process.platform !== "linux") return; // the only one that tells
    const mark = randomUUID();
    const launcher = spawn("sh", ["-c", "sleep 600 & exit 0"], {
      stdio: "ignore",
      env: { ...process.env, [RUN_MARK]: mark },
    });
    await once(launcher, "exit");
    const leaks = await findLeaks(mark, 0);
    assertEquals(leaks.length, 1);
    assertStringIncludes(leaks[0]?.command ?? "", "sleep 600");
    endLeaks(leaks);
    assertEquals(await findLeaks(mark), []);
  });

  test("a promise is borne by a name: alone, in a list, in a range", () => {
    const missing = missingNumbers(["[T1] one", "x [F1-F3] y", "[L1, L2]", "[Q1] [Q2]", "[T99] none", "T2 no"]);
    const borne = PROMISES.filter((number) => !missing.includes(number));
    for (const number of ["T1", "F1", "F2", "F3", "L1", "L2", "Q1", "Q2"]) assert(borne.includes(number), number);
    assert(missing.includes("S3") && missing.includes("T2") && missing.includes("F4"));
  });
});
