/** A proxy, and by whom it was named. */
export interface Proxy {
  readonly url: URL;
  /** As messages call it: without user and password. */
  readonly name: string;
}

/** Where a variable of the environment comes from. */
export type Variables = (name: string) => string | undefined;

/**
 * The proxy that the environment names for an address, as for other programs: `HTTPS_PROXY` for `wss:`, `HTTP_PROXY` for `ws:`,
 * else `ALL_PROXY`, in small letters or capitals, but for the hosts of `NO_PROXY`. An unencrypted connection to this machine
 * itself goes through none: its token would leave the machine.
 *
 * @throws {TypeError} If it is a proxy that cannot be used.
 */
export function proxyOfEnvironment(address: URL, variables: Variables): Proxy | null {
  if (address.protocol === "ws:" && isThisMachine(address)) return null;
  const own = address.protocol === "wss:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  for (const name of [own.toLowerCase(), own, "all_proxy", "ALL_PROXY"]) {
    const value = variables(name);
    if (value === undefined) continue;
    const excluded = variables("no_proxy") ?? variables("NO_PROXY") ?? "";
    return isExcluded(address, excluded) ? null : parseProxy(value, name);
  }
  return null;
}

/** @throws {TypeError} If it is no address of a proxy, or of one that cannot be used. Shows none of it: it may hold a password. */
export function parseProxy(given: string | URL, from: string): Proxy {
  const text = String(given).trim();
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const isAddress = (typeof given === "string" || given instanceof URL) && URL.canParse(full);
  const url = isAddress ? new URL(full) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return { url, name: `${url.host} (${from})` };
  const found = url === null || url.hostname === "" ? "none" : `one of ${url.protocol}`;
  throw new TypeError(
    `${from}: expected the address of a proxy such as http://proxy.example:3128, found ${found}. ` +
      "Only proxies that speak HTTP can be used; proxy: null connects directly",
  );
}

/** Whether an address is one of this machine itself. */
export function isThisMachine({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** `*`, or names with all that lies below them, addresses, each with a port or without. */
function isExcluded({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const ownPort = port || (protocol === "wss:" ? "443" : "80");
  return list.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = "", onlyPort] = /^(?:\*?\.)?(\[[^\]]*\]|[^:]+|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
    const bare = name.replace(/^\[|\]$/g, "");
    if (bare === "" || (onlyPort !== undefined && onlyPort !== ownPort)) return false;
    return host === bare || host.endsWith(`.${bare}`);
  });
}
