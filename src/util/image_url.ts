/** A picture that the server can read is PNG, JPEG, GIF or WebP, in a URL that holds it in base64. */
const WANTED = "a data: URL of a PNG, JPEG, GIF or WebP, as in data:image/png;base64,...";

/**
 * What is wrong with the URL of an image; `undefined` if the server takes it.
 *
 * The server hands on whatever else it is given to the model's API, which refuses it, and with it every later turn of the
 * thread, for it stays in its history.
 */
export function imageUrlProblem(url: unknown): string | undefined {
  if (typeof url !== "string") {
    return `must be ${WANTED}, found ${url === null ? "null" : `something of type ${typeof url}`}`;
  }
  const problem = problemOf(url);
  return problem === undefined ? undefined : `must be ${WANTED}, found ${problem}`;
}

/** Whether it is an address of the network, which the server refuses by itself. */
export function isRemoteUrl(url: string): boolean {
  return /^https?:/i.test(url);
}

function problemOf(url: string): string | undefined {
  if (/^data:/i.test(url)) return problemOfData(url);
  if (url.trim() === "") return "an empty one";
  if (isRemoteUrl(url)) return `${shown(url)}: the server fetches nothing`;
  if (/^\s+data:/i.test(url)) return "blanks before it";
  if (/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(url.slice(0, 10_000)) && !url.startsWith("/")) {
    return `${shown(url)}, which seems to be base64 without its beginning`;
  }
  return /^[a-z][a-z0-9+.-]+:(?!\\)/i.test(url) && !/^file:/i.test(url)
    ? shown(url)
    : `${shown(url)}, which seems to be a file`;
}

function problemOfData(url: string): string | undefined {
  const comma = url.indexOf(",");
  if (comma < 0) return `${shown(url)}, which holds nothing`;
  const [type = "", ...parameters] = url.slice("data:".length, comma).split(";").map((part) =>
    part.trim().toLowerCase()
  );
  if (type === "image/svg+xml") return "SVG, which the server does not draw";
  if (type !== "" && type !== "application/octet-stream" && !type.startsWith("image/")) return shown(type);
  if (type !== "" && parameters.at(-1) !== "base64") return `${shown(url)}, which is not base64`;
  if (type !== "" && comma === url.length - 1) return `${shown(url)}, which holds nothing`;
  return undefined;
}

/** The beginning of it: an image can be long. */
function shown(url: string): string {
  return JSON.stringify(url.length > 60 ? `${url.slice(0, 60)}...` : url);
}
