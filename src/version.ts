/** This package's version, as in deno.json: a test compares. It is what the server is told as `clientInfo.version`. */
export const VERSION: string = "0.1.0";
