import type { CliIo } from "../io.ts";
import { paint } from "../paint.ts";
import { UsageError } from "../usage_error.ts";
import { addressOf, type Section, SECTIONS } from "./sections.ts";
import { TURN_ERRORS } from "./turn_errors.ts";

/** More than this of a text is not looked at. */
const TEXT_MAX = 1 << 20;

/** What an error's text tells of, best first. */
export function sectionsFor(text: string): readonly Section[] {
  return SECTIONS.filter(({ texts }) => texts.test(text));
}

/** The kinds of failed turns that a text names, with what to do about each. */
export function turnErrorsIn(text: string): readonly (readonly [kind: string, advice: string])[] {
  return Object.entries(TURN_ERRORS).filter(([kind]) => kind !== "other" && new RegExp(`\\b${kind}\\b`).test(text));
}

/** Says what the text of an error means; `-` reads it from stdin. Exit code 1 if nothing knows it. */
export async function explain(given: string, json: boolean, io: CliIo): Promise<number> {
  const text = given === "-" ? await readText(io.stdin()) : given;
  if (text.trim() === "") {
    throw new UsageError("There is no text to explain: give it behind --explain, or on stdin for -.");
  }
  const sections = sectionsFor(text);
  const kinds = turnErrorsIn(text);
  if (json) {
    const found = sections.map((section) => ({
      heading: section.heading,
      fix: section.fix,
      address: addressOf(section),
    }));
    const turnErrors = kinds.map(([kind, fix]) => ({ kind, fix }));
    await io.write(`${JSON.stringify({ sections: found, turnErrors }, null, 2)}\n`);
  } else {
    const { bold, cyan, dim } = paint(io);
    const parts = sections.map((section) =>
      `${bold(section.heading)}\n  ${cyan("fix")}: ${section.fix}\n  ${dim(addressOf(section))}\n`
    );
    const more = kinds.map(([kind, advice]) => `${bold(kind)}\n  ${cyan("fix")}: ${advice}\n`);
    const all = [...parts, ...more];
    await io.write(
      all.length > 0 ? all.join("\n") : "Nothing that the doctor knows fits this text. Run doctor without --explain.\n",
    );
  }
  return sections.length + kinds.length > 0 ? 0 : 1;
}

async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > TEXT_MAX) {
      await reader.cancel();
      return text;
    }
  }
}
