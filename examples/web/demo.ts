import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  applyPatch,
  command,
  delay,
  functionCall,
  message,
  type ModelRequest,
  reasoning,
  type ReplyStep,
  ScriptedModel,
  usage,
} from "@codex-app-server/sdk/testing";

const CART = `/** The price of a cart in cents. Prices are in euros. */
export function total(items) {
  let sum = 0;
  for (const { price, count } of items) {
    sum += price * count;
  }
  return sum * 100;
}
`;

const CHECK = `import { total } from "./cart.mjs";

const cases = [
  ["an empty cart", [], 0],
  ["three for a euro each", [{ price: 1, count: 3 }], 300],
  ["one at 19.99", [{ price: 19.99, count: 1 }], 1999],
  ["a dozen at 0.07", [{ price: 0.07, count: 12 }], 84],
];
let failed = 0;
for (const [name, items, expected] of cases) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  const found = total(items);
  if (found === expected) {
    console.log(\`\\x1b[32m✓\\x1b[0m \${name}\`);
  } else {
    failed++;
    console.log(\`\\x1b[31m✗ \${name}\\x1b[0m: \${expected} was expected, and \${found} came out\`);
  }
}
console.log(failed === 0 ? "\\n\\x1b[32mAll is well.\\x1b[0m" : \`\\n\\x1b[31m\${failed} of \${cases.length} failed\\x1b[0m\`);
process.exitCode = failed === 0 ? 0 : 1;
`;

/** A folder with a small program in it that has a fault, for the agent to work in. Disposing removes it. */
export async function demoProject(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "codex-web-"));
  await writeFile(join(path, "cart.mjs"), CART);
  await writeFile(join(path, "check.mjs"), CHECK);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What stands in for the model without an account. What it asks for is real: the commands, the files, the questions. */
export function demoScript(): ScriptedModel {
  return new ScriptedModel().always((request) => {
    const text = request.lastUserText ?? "";
    if (/\b(fix|bug|fault|wrong|check)/i.test(text)) return fix(request);
    if (/\b(count|long|slow)/i.test(text)) {
      return [words(Array.from({ length: 200 }, (_, n) => `${n + 1}`).join(", "), 60)];
    }
    if (/\b(what|explain|how)/i.test(text)) return explain(request);
    return [
      words(
        "I am only a script. Ask me to **fix the bug**, to **explain the code**, or to **count slowly**, and press Escape while I do.",
      ),
    ];
  });
}

/** A turn as models work: look, ask, change, look again, tell. */
function fix(request: ModelRequest): readonly ReplyStep[] {
  // Ids of calls must differ from turn to turn.
  const id = (name: string) => `${name}-${request.userTexts.length}`;
  const after = (name: string) => request.toolOutput(id(name));
  const check = (name: string, why: string) =>
    command("node check.mjs", { callId: id(name), escalate: true, justification: why });
  const plan = (name: string, done: number) => {
    const steps = ["Run the checks", "Mend what is wrong", "Run them again"];
    const status = (index: number) => index < done ? "completed" : index === done ? "in_progress" : "pending";
    return functionCall("update_plan", { plan: steps.map((step, index) => ({ step, status: status(index) })) }, {
      callId: id(name),
    });
  };
  if (after("plan") === null) {
    const thought =
      "**Where to begin**\n\nThe cart is small, and there are checks. What they say is worth more than what I guess, so I run them first.";
    return [reasoning(thought), plan("plan", 0), usage({ inputTokens: 3_120, outputTokens: 140 })];
  }
  if (after("first") === null) {
    const why = "May I run the checks? They only print.";
    return [
      words("I run the checks first, to see what is wrong.", 18, "commentary"),
      check("first", why),
      usage({ inputTokens: 3_480, cachedInputTokens: 3_072, outputTokens: 60 }),
    ];
  }
  if (!after("first")!.includes("exited with code")) {
    return [words("Understood: the checks were not run, and **nothing has been changed**.")];
  }
  if (after("second-plan") === null) return [plan("second-plan", 1)];
  if (after("patch") === null) {
    const thought =
      "**Binary fractions**\n\n19.99 × 100 is 1998.9999999999998. Sums of euros have to be rounded once they are cents.";
    return [
      reasoning(thought),
      applyPatch(PATCH, { callId: id("patch") }),
      usage({ inputTokens: 4_210, cachedInputTokens: 3_456, outputTokens: 320 }),
    ];
  }
  if (!/success|exited with code 0/i.test(after("patch")!)) return [words("Understood: the file stays as it is.")];
  if (after("third-plan") === null) return [plan("third-plan", 2)];
  if (after("again") === null) return [check("again", "Once more, to see that it holds?")];
  if (after("last-plan") === null) return [plan("last-plan", 3)];
  return [words(DONE), usage({ inputTokens: 5_020, cachedInputTokens: 4_096, outputTokens: 180 })];
}

const PATCH = `*** Update File: cart.mjs
@@
   for (const { price, count } of items) {
     sum += price * count;
   }
-  return sum * 100;
+  return Math.round(sum * 100); // 19.99 has no exact binary form
 }`;

const DONE =
  `The totals are right now. Euros such as \`19.99\` have no exact binary form, so the sum was off by a tiny fraction of a cent.

- \`cart.mjs\` rounds once, **after** the multiplication
- all four checks pass

If carts grow large, keep prices in cents from the start: then there is nothing to round.`;

function explain(request: ModelRequest): readonly ReplyStep[] {
  const callId = `read-${request.userTexts.length}`;
  if (request.toolOutput(callId) === null) {
    return [words("Let me read it.", 18, "commentary"), command("cat cart.mjs", { callId })];
  }
  return [
    words(
      "`cart.mjs` has one function, `total`, which adds up the prices of a cart:\n\n```js\ntotal([{ price: 1, count: 3 }]); // 300 cents\n```\n\nThere is a fault in it. Ask me to fix it.",
    ),
  ];
}

/** A message that comes word by word. */
function words(text: string, pauseMs = 18, phase?: "commentary"): ReplyStep {
  return message(text.split(/(?<= )/).flatMap((word) => [word, delay(pauseMs)]), phase === undefined ? {} : { phase });
}
