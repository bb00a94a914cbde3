import process from "node:process";
import { run } from "../../../scripts/lib/subprocess.ts";
import { median, pairedRatios } from "./stats.ts";

/** A program that prints one JSON object of numbers in its last line. */
export interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What one run of a contender printed. */
export type Sample = Readonly<Record<string, number>>;

/** Every contender's samples, one a round. Empty for one that does not run. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Runs the contenders in turns, A B C A B C, each in a process of its own, so that whatever else the machine does meets
 * all of them. The first round warms the caches and is not counted.
 */
export async function contest(contenders: readonly Contender[], rounds: number): Promise<Samples> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  const broken = new Set<string>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      if (broken.has(contender.name)) continue;
      const sample = await runOnce(contender);
      if (sample === null) broken.add(contender.name);
      else if (round > 0) samples.get(contender.name)!.push(sample);
    }
  }
  for (const name of broken) samples.set(name, []);
  return samples;
}

async function runOnce({ name, command, args, cwd, env }: Contender): Promise<Sample | null> {
  const { code, stdout, output } = await run(command, args, {
    timeoutMs: 180_000,
    ...(cwd === undefined ? {} : { cwd }),
    env: { NO_COLOR: "1", ...env },
  });
  try {
    if (code !== 0) throw new Error(`ended with ${code}`);
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  } catch (error) {
    process.stderr.write(`${name} does not run: ${error}\n${output.slice(-2_000)}\n`);
    return null;
  }
}

/** The median of one number of a contender. */
export function valueOf(samples: Samples, name: string, key: string): number {
  return median(numbers(samples, name, key));
}

/** The median of the ratios that the rounds gave. */
export function ratioOf(samples: Samples, name: string, base: string, key: string, baseKey: string = key): number {
  return median(pairedRatios(numbers(samples, name, key), numbers(samples, base, baseKey)));
}

/** The median of the differences that the rounds gave. */
export function excessOf(samples: Samples, name: string, base: string, key: string, baseKey: string = key): number {
  const bases = numbers(samples, base, baseKey);
  return median(numbers(samples, name, key).slice(0, bases.length).map((value, round) => value - bases[round]!));
}

function numbers(samples: Samples, name: string, key: string): number[] {
  return (samples.get(name) ?? []).map((sample) => sample[key] ?? NaN);
}
