/**
 * The sections of docs/troubleshooting.md: by which finding each is recognised when one looks, and by which words when all
 * one has is the text of an error. A test compares the headings.
 *
 * @module
 */

import type { Finding } from "./finding.ts";

/** A way to fail. */
export interface Section {
  /** Its heading in docs/troubleshooting.md. */
  readonly heading: string;
  /** The findings that recognise it. */
  readonly findings: readonly string[];
  /** What of it no program can see by looking; its words are then what it is known by. */
  readonly unseen?: string;
  /** The words that it shows itself by. */
  readonly texts: RegExp;
  /** What to do. */
  readonly fix: string;
}

/** Where the documents are read. */
export const DOCUMENT = "https://github.com/codex-app-server/sdk/blob/main/docs/troubleshooting.md";

/** The more telling ones first: where several fit, that is the order in which they are told. */
export const SECTIONS: readonly Section[] = [
  {
    heading: "Deno did not permit",
    findings: ["deno.permissions"],
    texts: /Deno did not permit|NotCapable|Requires (?:run|read|write|env|net|sys|all) access/,
    fix: "Run the program with the flag that the error names: --allow-run, --allow-read, --allow-env, or -A for all.",
  },
  {
    heading: "No codex binary was found",
    findings: ["binary"],
    texts:
      /No codex binary was found|CodexNotFoundError|codex binary that \S+ names cannot be used|CODEX_BIN cannot be used/,
    fix:
      "npm install @openai/codex beside your program (deno add npm:@openai/codex, bun add @openai/codex), with optional " +
      "dependencies; or name a binary by the option codexBin or the variable CODEX_BIN.",
  },
  {
    heading: "Top-level await is currently not supported",
    findings: [],
    unseen: "how a program is called, and in which folder, is not the doctor's to see",
    texts: /Top-level await is (?:currently )?not supported/,
    fix: 'Call the file main.mts, or have "type": "module" in package.json.',
  },
  {
    heading: "An await is missing",
    findings: [],
    unseen: "what a program does with its promises is in its code",
    texts: /takes a finished turn|is an await missing|an await is missing/,
    fix: "finalResponse(await thread.run(input)); of a handle, finalResponse(await turn.run()).",
  },
  {
    heading: "The option does not exist",
    findings: [],
    unseen: "which options a program gives is in its code",
    texts:
      /the option \S+ does not exist|is no param (?:but an option|of a thread)|is no request of the pinned protocol|Unknown key "/,
    fix: "The error names the nearest option, or where the name belongs; nothing was sent.",
  },
  {
    heading: "No server request is pending",
    findings: [],
    unseen: "when a program answers is in its code",
    texts: /No server request .*is pending/,
    fix: "Answer sooner, or raise serverRequestTimeoutMs of the client (0: for ever).",
  },
  {
    heading: "This runtime is too old",
    findings: ["runtime"],
    texts:
      /runtime is too old|await using|SyntaxError: (?:Unexpected identifier|Unexpected token 'using'|missing \) after)|getBuiltinModule/,
    fix:
      "Node 20.16.0, Deno 2.4.0 or Bun 1.2.6 is the least. Where `await using` is a SyntaxError (Node before 24), use " +
      "npx tsx, or try { ... } finally { await codex.close() }.",
  },
  {
    heading: "The codex app-server ended before it answered",
    findings: ["server.start", "config"],
    texts:
      /(?:ended|closed the connection)(?: .*)? before it answered|Invalid configuration|Error loading config|error loading (?:default )?config|CODEX_HOME points to/i,
    fix:
      "The text names the mistake: mostly a key of config.toml, of config or of configOverrides; or a home that is not there.",
  },
  {
    heading: "Another process has the thread",
    findings: ["threads.held"],
    texts: /ThreadBusyError|already has an active writer|Another process on this home has it open/,
    fix: "End the process that has it (the doctor names it), let it call thread.release(), or fork the thread.",
  },
  {
    heading: "Something else runs in the thread",
    findings: [],
    unseen: "whether something runs is known to the server of the program",
    texts: /ActiveTurnError|ActiveTurnNotSteerable|runs in the thread|is being compacted/,
    fix: "Wait for what runs (await turn.run(), await thread.compact()), or interrupt it; error.work says what it is.",
  },
  {
    heading: "The input cannot be used",
    findings: [],
    unseen: "what a program gives is in its code",
    texts: /TypeError.*(?:cannot be used: the (?:URL|path)|is not a valid input item|type: "object")/,
    fix:
      'Give an image as a data: URL or by localImageInput(path), and a tool a schema with type: "object" at its root.',
  },
  {
    heading: "The server could not read a message",
    findings: [],
    unseen: "it is seen when it happens",
    texts: /message-unreadable|nested too deep|Failed to deserialize JSONRPCMessage/,
    fix:
      "Flatten what you send to less than 127 levels; give calls a timeoutMs, and report the message if that is not it.",
  },
  {
    heading: "The proxy does not let it through",
    findings: [],
    unseen: "it is the way to a server elsewhere",
    texts: /the proxy .* does not let it through|expected the address of a proxy/,
    fix: "Name the server's host in NO_PROXY, or give websocketTransport another proxy, or proxy: null.",
  },
  {
    heading: "A command goes on after its turn",
    findings: [],
    unseen: "nothing fails",
    texts: /background terminal|backgroundTerminals/,
    fix: "await thread.cleanBackgroundTerminals() ends the commands of a thread.",
  },
  {
    heading: "Another version",
    findings: ["version"],
    texts: /needs codex \d|version-skew|MethodNotFoundError|unknown variant `|Compare its version/,
    fix: "Install the pinned version of @openai/codex, or leave out what the server is too old for.",
  },
  {
    heading: "Not logged in",
    findings: ["login"],
    texts: /\b401\b|Unauthorized|Missing bearer|"?unauthorized"?|Log in with|not logged in/i,
    fix: "codex login; or in the program codex.loginApiKey(key), codex.loginChatgpt(), or the option apiKey.",
  },
  {
    heading: "The sandbox does not work",
    findings: ["sandbox"],
    texts: /bwrap|bubblewrap|Creating new namespace failed|landlock|sandboxError|user namespaces?/i,
    fix:
      'Allow user namespaces to the container; or approvalPolicy: "on-request" and a policy that answers; or, where the ' +
      'container is the sandbox, sandbox: "danger-full-access".',
  },
  {
    heading: "The thread's folder does not exist",
    findings: [],
    unseen: "in which folder a program lets its threads work is in its code",
    texts: /missing-folder|Failed to create unified exec process: No such file|failed resolving cwd/,
    fix: "Make the folder before threadStart({ cwd }); a relative one is taken from where the server runs.",
  },
  {
    heading: "No network",
    findings: ["network"],
    texts:
      /waiting for network|Reconnecting|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|error sending request|Connection failed|stream disconnected|responseStream|httpConnectionFailed|dns error|lookup address/i,
    fix:
      "Check proxy, firewall and DNS; set HTTPS_PROXY for your program behind a proxy; give turns a deadline (timeoutMs).",
  },
  {
    heading: "The agent was refused something",
    findings: ["path.workspace"],
    unseen: "whether a program has handlers is in its code",
    texts: /server-request-refused|no-handler|declined by|rejected by user|requestApproval|tooManyDenials|was refused/i,
    fix:
      'Answer the question by a handler or a policy, or forbid it with approvalPolicy: "never". A policy that accepts ' +
      "commands accepts none while PATH leads into the workspace.",
  },
  {
    heading: "The turn ended as failed",
    findings: ["turn.live", "turn.scripted"],
    texts:
      /TurnFailedError|turn (?:ended as )?failed|codexErrorInfo|usageLimitExceeded|UsageLimitError|contextWindowExceeded|serverOverloaded|rateLimitExceeded|insufficient_quota/i,
    fix: "turn.error.codexErrorInfo says what kind of failure it was, turn.error.message says it in words.",
  },
];

/** The section that a problem or a warning belongs to. */
export function sectionOf({ id, status, heading }: Finding): Section | undefined {
  if (status !== "problem" && status !== "warning") return undefined;
  return SECTIONS.find((section) =>
    heading === undefined ? section.findings.includes(id) : section.heading === heading
  );
}

/** A section's address, as the web sites make it. */
export function addressOf({ heading }: Section): string {
  return `${DOCUMENT}#${heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")}`;
}
