/** Answers every request at once with an empty result. */
import process from "node:process";
import { lineCutter } from "./pipe.ts";

let answers = "";
const cut = lineCutter((line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const userAgent = "bench/0.169.0 (echo)";
  const initialized = { userAgent, codexHome: "/home", platformFamily: "unix", platformOs: "linux" };
  answers += `${JSON.stringify({ id, result: method === "initialize" ? initialized : {} })}\n`;
});
process.stdin.on("data", (bytes: Uint8Array) => {
  cut(bytes);
  process.stdout.write(answers);
  answers = "";
});
