import { contest, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const STREAMS = 1_000;
const FIRST = 200;
const MORE = 1_000;

/** 1,000 chats at once by `createChatHandler`, against the streams of as many turns. */
export const chat: Row = {
  id: "chat",
  async measure(bench) {
    const figures: Figure[] = [];
    let textKiB = NaN;
    for (const runtime of bench.runtimes) {
      const program = (name: string, ...args: (string | number)[]) => runtime.program(name, "chat", args.map(String));
      const delays = await contest([program("delay", "delay", STREAMS)], bench.rounds);
      const memories = await contest([
        program("alone", "memory", "alone", STREAMS, FIRST, MORE),
        program("handler", "memory", "handler", STREAMS, FIRST, MORE),
      ], 1);
      const delay = (key: string) => valueOf(delays, "delay", key);
      const memory = (who: string, key: string) => valueOf(memories, who, key);
      textKiB = memory("handler", "textKiB");
      const figure = (who: string, value: number, unit: string): Figure => ({
        runtime: `${runtime.name} ${runtime.version}`,
        who,
        value,
        unit,
      });
      figures.push(
        figure("the turns' streams, bytes to reader", delay("aloneMs"), "ms"),
        {
          ...figure("**`createChatHandler`**, bytes to reader", delay("handlerMs"), "ms"),
          verdict: { label: "ms more", score: delay("moreMs"), limit: 1 },
        },
        figure("the turns' streams, a delta", delay("aloneUs"), "µs"),
        figure("**`createChatHandler`**, a delta", delay("handlerUs"), "µs"),
        figure("the turns' streams, each open one", memory("alone", "openKiB"), "KiB"),
        figure("**`createChatHandler`**, each open one", memory("handler", "openKiB"), "KiB"),
        figure("the turns' streams, what each has grown", memory("alone", "grownKiB"), "KiB"),
        {
          ...figure("**`createChatHandler`**, what each has grown", memory("handler", "grownKiB"), "KiB"),
          verdict: { label: "times the text that it keeps", score: memory("handler", "ofText"), limit: 1.5 },
        },
      );
    }
    return {
      id: "chat",
      title: `${STREAMS.toLocaleString("en")} open chats in one program`,
      about:
        "Requests to `createChatHandler`, each of which is answered by the stream of a turn in a thread of its own, and the " +
        "streams of as many turns by themselves, which is the floor. All run at the same time, and the events come from memory: 20 deltas at " +
        "once, of 20 turns. By the clock on the wall, from their bytes to the piece that is read from the body of the response: " +
        "the median of the deltas, and of what it is more within each pair; and what a delta takes of the main thread, with " +
        "everything from its bytes on. Memory is what is in use after a collection of garbage, for each stream: when it is open, and what it has " +
        `grown between ${FIRST} deltas and ${
          MORE.toLocaleString("en")
        } more, all of them read. A chat keeps the message as ` +
        `it stands for pages that come back, at most \`maxLogBytes\`: here ${textKiB.toFixed(1)} KiB more of text. ` +
        "Flat is what grows by no more than that.",
      figures,
    };
  },
};
