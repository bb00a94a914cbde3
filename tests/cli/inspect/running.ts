import { type CliIo, main } from "@codex-app-server/sdk/cli";
import { request } from "node:http";
import process from "node:process";
import type { Batch, Hello, WireEvent } from "../../../src/cli/inspect/wire.ts";
import { fakeIo } from "../fake_io.ts";

/** `inspect`, started as from a command line. Disposing ends it. */
export interface RunningInspect extends AsyncDisposable {
  /** The page's address, the token in it. */
  readonly url: string;
  /** The program that takes the place of `codex`, where there is one. */
  readonly shim: string;
  /** Waits until it has said something. */
  saying(pattern: RegExp): Promise<string>;
  /** All that was printed on stderr so far. */
  readonly said: () => string;
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** Ends it by Ctrl-C, as it were. */
  end(): Promise<number>;
  /** Reads events from the beginning, until enough has been seen. */
  seen(isEnough: (events: readonly WireEvent[]) => boolean): Promise<readonly WireEvent[]>;
  /** What the page is told first. */
  hello(): Promise<Hello>;
  /** Has it do something, as the page does. */
  act(what: string, body: unknown): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
}

/** Starts it, and waits until it has said where its page is (and where its shim is, with `--wait`). */
export async function startInspect(args: readonly string[], given: Partial<CliIo> = {}): Promise<RunningInspect> {
  const stop = new AbortController();
  const said = { text: "", heard: () => {} };
  const env = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const { io } = fakeIo({
    cwd: process.cwd(),
    ...given,
    env: { ...env, ...given.env },
    signal: stop.signal,
    writeError: (text) => {
      said.text += text;
      said.heard();
      return Promise.resolve();
    },
  });
  const ended = main(["inspect", ...args], io);
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      said.heard = () => {
        const found = pattern.exec(said.text);
        if (found !== null) resolve(found[1] ?? found[0]);
      };
      said.heard();
      void ended.then((code) => reject(new Error(`It ended with ${code}: ${said.text}`)));
    });
  const url = await line(/inspect: (http:\S+)/);
  const shim = args.includes("--wait") ? await line(/as the client's codex: (.+)\n/) : "";
  const end = () => {
    stop.abort(new Error("Ended by SIGINT"));
    return ended;
  };
  return {
    url,
    shim,
    saying: line,
    said: () => said.text,
    ended,
    end,
    async seen(isEnough) {
      const all: WireEvent[] = [];
      for await (const message of messages(`${url}events`)) {
        if (message.event !== "message") continue;
        all.push(...(message.data as Batch).events);
        if (isEnough(all)) break;
      }
      return all;
    },
    async hello() {
      for await (const { event, data } of messages(`${url}events`)) if (event === "hello") return data as Hello;
      throw new Error("It said nothing");
    },
    async act(what, body) {
      const answer = await fetch(`${url}api/${what}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json() as Record<string, unknown> };
    },
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

/** Server-sent events. */
export async function* messages(url: string): AsyncGenerator<{ readonly event: string; readonly data: unknown }> {
  const stop = new AbortController();
  const response = await fetch(url, { signal: stop.signal });
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of response.body!) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const fields = part.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]);
        const field = (name: string) => fields.find(([key]) => key === name)?.[1];
        yield { event: field("event") ?? "message", data: JSON.parse(field("data") ?? "null") };
      }
    }
  } finally {
    stop.abort();
  }
}

/** A request with whatever headers one likes, `Host` among them, as no `fetch` lets one make it. */
export function ask(
  url: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string } =
    {},
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    const asked = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => text += chunk);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
