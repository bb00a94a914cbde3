/**
 * What `build` of dnt 0.43 does with the options that this repository gives it, for machines that cannot reach JSR: every
 * module of the graph goes through TypeScript itself, with dnt's settings, into `esm/`.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The options that are used here, as the real ones are declared. */
interface BuildOptions {
  readonly entryPoints: readonly { readonly name: string; readonly path: string }[];
  readonly outDir: string;
  readonly polyfills?: boolean;
  readonly compilerOptions: { readonly target: string; readonly lib: readonly string[] };
}

/** All that dnt 0.43 knows; it passes over others, which is how one can be wrong for long. */
const OPTIONS: readonly string[] = [
  ...["entryPoints", "outDir", "shims", "typeCheck", "test", "declaration", "declarationMap", "scriptModule"],
  ...["esModule", "polyfills", "skipNpmInstall", "skipSourceOutput", "rootTestDir", "testPattern", "mappings"],
  ...["package", "configFile", "importMap", "frozenLockfile", "packageManager", "compilerOptions", "filterDiagnostic"],
  ...["postBuild", "internalWarnings"],
];

const HERE = dirname(fileURLToPath(import.meta.url));
// The compiler that a package of the tests brings along: its settings are what counts here.
const carrier = join(HERE, "../../node_modules/@arethetypeswrong/core/package.json");
const require = createRequire(realpathSync(carrier));
const ts = require("typescript");
const LIBRARIES = dirname(require.resolve("typescript"));

/** Builds, and leaves what dnt leaves. */
export function build(options: BuildOptions): Promise<void> {
  const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0) throw new Error(`dnt has no option ${unknown.join(", ")}`);
  const { entryPoints, outDir, polyfills, compilerOptions: { lib, target } } = options;
  const files = graph(entryPoints.map(({ path }) => resolve(process.cwd(), path)));
  const root = commonFolder([...files.keys()]);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(outDir, path)), { recursive: true });
    writeFileSync(join(outDir, path), text);
  };

  const from = "/src/";
  const sources = new Map([...files].map(([path, text]) => [from + relative(root, path), transformed(text)]));
  if (polyfills !== false && target !== "Latest") {
    sources.set(`${from}_dnt.polyfills.ts`, "declare global {\n  interface ObjectConstructor {}\n}\nexport {};\n");
    for (const { path } of entryPoints) {
      const name = from + relative(root, path);
      const up = relative(dirname(name), `${from}_dnt.polyfills.js`).replace(/^(?!\.)/, "./");
      sources.set(name, `import "${up}";\n${sources.get(name)}`);
    }
  }
  const settings = {
    declaration: true,
    isolatedModules: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: lib.map((name) => `lib.${name.toLowerCase()}.d.ts`), // names of members such as [Symbol.asyncDispose]
    outDir: "/esm",
    rootDir: "/src",
    target: ts.ScriptTarget[target],
    types: [],
    useDefineForClassFields: true,
  };
  const read = (path: string) =>
    sources.get(path) ?? (dirname(path) === LIBRARIES && existsSync(path) ? readFileSync(path, "utf8") : undefined);
  const host = {
    fileExists: (path: string) => read(path) !== undefined,
    readFile: read,
    getSourceFile: (path: string) => {
      const text = read(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, settings.target);
    },
    getDefaultLibFileName: () => join(LIBRARIES, "lib.d.ts"),
    getDefaultLibLocation: () => LIBRARIES,
    writeFile: (path: string, text: string) => write(path.slice(1), text),
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (path: string) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
  };
  ts.createProgram([...sources.keys()], settings, host).emit();
  write("esm/package.json", '{\n  "type": "module"\n}\n');
  write("package.json", "{}");
  write(".npmignore", "/src/\n");
  return Promise.resolve();
}

/** All modules that the entry points lead to, by imports of every kind. */
function graph(entries: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    const text = readFileSync(path, "utf8");
    found.set(path, text);
    for (const { fileName } of ts.preProcessFile(text).importedFiles as { readonly fileName: string }[]) {
      const target = resolve(dirname(path), fileName);
      if (fileName.startsWith(".") && existsSync(target)) visit(target);
    }
  };
  entries.forEach(visit);
  return found;
}

/** dnt writes the paths of modules as they will be. */
function transformed(text: string): string {
  return text.replace(/((?:\bfrom|\bimport\(|\bimport)\s*"\.[^"]+)\.ts"/g, '$1.js"');
}

function commonFolder(paths: readonly string[]): string {
  return paths.map(dirname).reduce((common, folder) => {
    while (relative(common, folder).startsWith("..")) common = dirname(common);
    return common;
  });
}
