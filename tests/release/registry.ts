import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A registry that has one package. */
export interface Registry extends AsyncDisposable {
  /** The line of `.npmrc` that sends npm, Bun and Deno there for the packages of this scope. */
  readonly npmrc: string;
}

/** Serves a tarball as its package would be served once it is published. `manifest` is its package.json. */
export async function serveRegistry(
  tarball: string,
  manifest: { readonly name: string; readonly version: string },
): Promise<Registry> {
  const { name, version } = manifest;
  const bytes = readFileSync(tarball);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    if (path === "/package.tgz") return void response.end(bytes);
    if (path !== `/${name}`) return void response.writeHead(404).end("{}");
    const dist = {
      tarball: `${url}/package.tgz`,
      integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { ...manifest, dist } },
      time: { created: "2026-01-01T00:00:00.000Z", [version]: "2026-01-01T00:00:00.000Z" },
    }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    npmrc: `${name.split("/")[0]}:registry=${url}/\n`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
