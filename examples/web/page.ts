import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";

/** A file of the page, ready to be sent. */
export interface Asset {
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  woff2: "font/woff2",
};

const HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<title>Codex</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='5' fill='none' stroke='%230f6b58' stroke-width='3'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/main.css">
<body><div id="root"></div><noscript>This page needs JavaScript.</noscript>
<script type="module" src="/main.js"></script>
</html>
`;

/** Bundles the page: its files by their paths. */
export async function bundlePage(
  folder: string = dirname(fileURLToPath(import.meta.url)),
): Promise<ReadonlyMap<string, Asset>> {
  const state = import.meta.resolve("@codex-app-server/sdk/state");
  const { outputFiles } = await build({
    entryPoints: [join(folder, "page/main.tsx")],
    bundle: true,
    minify: true,
    write: false,
    outdir: folder,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    loader: { ".woff2": "file" },
    // The page and its server mean the same SDK, also in a checkout, where the server runs from the sources.
    alias: { "@codex-app-server/sdk/state": fileURLToPath(state) },
  });
  await stop();
  const html = { type: "text/html; charset=utf-8", body: new TextEncoder().encode(HTML) };
  const files = outputFiles.map(({ path, contents }) => {
    const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
    return [`/${basename(path)}`, { type, body: new Uint8Array(contents) }] as const;
  });
  return new Map<string, Asset>([["/", html], ...files]);
}
