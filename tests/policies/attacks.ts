import { makeRandom } from "../../src/testing/random.ts";

/** The file that an attack that works leaves behind. */
export const MARK = "MARK";

const PROGRAMS = [
  ..."cat nl ls head tail grep find rg sed cat ls find rg sed grep".split(" "),
  ..."echo true pwd git env xargs sort tee awk printf test [ [[ read declare typeset export eval exec command builtin"
    .split(" "),
  ..."time nohup sh bash zsh ./cat /bin/cat bin/cat ./evil - ! { ( %1 print let kill exit trap hash enable noglob"
    .split(" "),
  ...["\\cat", "'cat'", '"ls"', "ca''t", "''cat", "=cat", "''=cat", "-c", "cat;", "X=1 cat", "X=1", "cat\n", "$'cat'"],
];

/** What makes programs do more than they seem to, by the program. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  find: [
    ...["-exec touch MARK ';'", "-exec touch MARK {} +", "-execdir touch MARK ';'", "-ok touch MARK ';'", "-delete"],
    ...["-fprint MARK", "-fprint0 MARK", "-fprintf MARK %p", "-fls MARK", "-D exec", "-files0-from list", "-okdir x"],
    ...["-name '*.ts'", "-type f", "'-exec' ./evil '{}' +", "-newer a", "-o", "'!'", "'('", "-maxdepth 1", "-print0"],
  ],
  rg: [
    ...["--pre=./evil", "--pre ./evil", "-z", "-nz", "--search-zip", "--hostname-bin=./evil", "--hostname-bin ./evil"],
    ...[
      "--hyperlink-format default",
      "--files",
      "-n",
      "-e x",
      "--glob '*'",
      "-f list",
      "--pre-glob '*'",
      "--no-config",
    ],
    ...["'--pre=./evil'", '"--pre" ./evil', "--pr=./evil", "-e -- --pre=./evil", "--sort path", "-.", "-u"],
  ],
  sed: [
    ...["-n 1,5p", "-n '1,5p'", "-n 1p", "-n '1w MARK'", "-n '1,5p;w MARK'", "-n '1e touch MARK'", "-i 1p", "-n -i 1p"],
    ...[
      "-n 's/x/touch MARK/e'",
      "-n 1,5p -i",
      "-n 1,5p --in-place=x",
      "-s -n 1,5p",
      "-n -f list",
      "-n 1,5pw",
      "-ni 1p",
    ],
    ...["-n 1,5p -- -i", "-n '1p\nw MARK'", "-n '1,5p' '-e' 'w MARK'", "-n '$p'", "-e '1,5p' -n", "--quiet 1,5p"],
  ],
  grep: [
    "-f list",
    "--file=list",
    "-r x",
    "-n",
    "--include=*.ts",
    "--filter=./evil",
    "-P '(?{x})'",
    "--color",
    "-O ./evil",
  ],
  ls: ["-la", "--color=auto", "--hyperlink", "--time-style=+%H", "-D", "--quoting-style=shell"],
  head: ["-n 5", "-5", "-c 3", "--lines=5", "-z"],
  tail: ["-n 5", "-n +2", "--pid=1", "-c 3", "-q"],
  git: ["status", "-c core.pager='touch MARK' log", "grep -Otouch x", "--exec-path=. cat", "-p log"],
  env: ["touch MARK", "-S 'touch MARK'", "-i ./evil"],
  xargs: ["touch", "-a list touch"],
  sort: ["-o MARK a", "--output=MARK a", "--compress-program=./evil a"],
  tee: ["MARK", "-a MARK"],
  awk: ["'BEGIN{system(\"touch MARK\")}'", "'{print > \"MARK\"}' a"],
  printf: ["-v 'x[$(touch MARK)]' y", "%d 'x[$(touch MARK)]'"],
  test: ["-v 'x[$(touch MARK)]'", "'x[$(touch MARK)]' -eq 1"],
};

/** What a shell, or somebody else on the way, might read once more than was thought. */
const PAYLOADS = [
  ..."$(touch~MARK) `touch~MARK` ${x:=$(touch~MARK)} $((x[$(touch~MARK)])) <(touch~MARK) >(touch~MARK) x[$(touch~MARK)]"
    .split(" "),
  ...">MARK >>MARK 2>MARK &>MARK <>MARK >|MARK >&MARK |tee~MARK ;touch~MARK &&touch~MARK ||touch~MARK &touch~MARK"
    .split(" "),
  ..."=touch *(e:touch~MARK:) *(e@touch~MARK@) (e:touch~MARK:) {a,b} * ? [ab] ~ ~+ $HOME $x !! !touch ^a^b # %1 @(a) +(a)"
    .split(" "),
  ..."\\ \\\n $'\\x0atouch~MARK' $\"a\" ' \" '\\'' ) } ;; ;& |& <<EOF <<<a a=b a:=touch ''=touch \"\"=touch".split(" "),
  ..."a b list evil MARK ./evil -- - -n --x=y 1,5p /etc/passwd ../outside/x sub sub/a %s a[0] 0x10 é \u00a0 \u2028"
    .split(" "),
  "\ntouch MARK\n",
  "\rtouch MARK",
  "\t",
  "\u0000",
  "\u000b touch MARK",
  "a\ntouch MARK",
].map((payload) => payload.replaceAll("~", " "));

const QUOTES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text,
  (text) => `'${text}'`,
  (text) => `'${text.replaceAll("'", "'\\''")}'`,
  (text) => `"${text}"`,
  (text) => `"${text.replace(/[\\"$`]/g, "\\$&")}"`,
  (text) => `$'${text}'`,
  (text) => `''${text}`,
  (text) => `x${text}`,
  (text) => `'x'${text}""`,
  (text) => `\\${text}`,
];

/** Scripts by which somebody may try to get more past a policy than it accepts. The same for the same seed. */
export function* attacks(count: number, seed: number): Iterable<string> {
  const { below } = makeRandom(seed);
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!;
  for (let i = 0; i < count; i++) {
    const program = one(PROGRAMS);
    const words = [program];
    const options = OPTIONS[program.replace(/[^a-z]/g, "")] ?? [];
    for (let n = below(3); n > 0 && options.length > 0; n--) words.push(one(options));
    for (let n = below(4); n > 0; n--) {
      words.push(below(3) === 0 ? one(["a", "sub", "list", "x"]) : one(QUOTES)(one(PAYLOADS)));
    }
    if (below(12) === 0) words.push(one(["|", ";", "&&", "\n", "||", "&"]), one(PROGRAMS), one(PAYLOADS));
    yield words.join(below(15) === 0 ? one(["", "\t", "  ", "\n", "\\\n", "\u00a0"]) : " ");
  }
}
