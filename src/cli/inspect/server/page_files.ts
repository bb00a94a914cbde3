import { Buffer } from "node:buffer";
import { brotliDecompressSync } from "node:zlib";
import { CSS, HTML, PAGE, SCHEMA } from "../assets.ts";

/** What is served besides the traffic: by its path, its type and its text. */
export const PAGE_FILES: Readonly<Record<string, readonly [type: string, content: string]>> = {
  "": ["text/html; charset=utf-8", unpacked(HTML)],
  "page.js": ["text/javascript; charset=utf-8", unpacked(PAGE)],
  "page.css": ["text/css; charset=utf-8", unpacked(CSS)],
  "schema.json": ["application/json; charset=utf-8", unpacked(SCHEMA)],
};

function unpacked(asset: string): string {
  return brotliDecompressSync(Buffer.from(asset, "base64")).toString();
}
