/**
 * Who is logged in, and how to log in and out. This is about the Codex of this machine, so no script stands in:
 *
 *     15_login_and_account.ts               who is logged in, and what may still be used
 *     15_login_and_account.ts api-key       log in with OPENAI_API_KEY
 *     15_login_and_account.ts chatgpt       log in with a browser; Ctrl-C cancels
 *     15_login_and_account.ts device-code   log in with a code, on another device; Ctrl-C cancels
 *     15_login_and_account.ts logout
 */
// deno-lint-ignore-file no-console -- a program that prints
import process from "node:process";
import { Codex, type LoginHandle } from "@codex-app-server/sdk";

/** Says what the user is to do elsewhere, and waits until it is done or Ctrl-C calls it off. */
async function finish(login: LoginHandle, what: string): Promise<void> {
  process.on("SIGINT", () => login.cancel());
  console.log(what);
  const { success, error } = await login.wait({ timeoutMs: 10 * 60_000 });
  console.log(success ? "Logged in." : `Not logged in: ${error ?? "cancelled"}`);
}

async function act(codex: Codex, what: string): Promise<void> {
  switch (what) {
    case "status":
      return;
    case "api-key":
      await codex.loginApiKey(process.env["OPENAI_API_KEY"] ?? "");
      return;
    case "chatgpt": {
      const login = await codex.loginChatgpt();
      return await finish(login, `Open ${login.response.authUrl}`);
    }
    case "device-code": {
      const login = await codex.loginChatgptDeviceCode();
      const { verificationUrl, userCode } = login.response;
      return await finish(login, `Open ${verificationUrl} and enter ${userCode}`);
    }
    case "logout":
      await codex.logout();
      return;
    default:
      throw new Error(`Unknown: ${what}. Say status, api-key, chatgpt, device-code or logout.`);
  }
}

await using codex = await Codex.start();
await act(codex, process.argv[2] ?? "status");

const { account, requiresOpenaiAuth } = await codex.account();
if (account === null || account === undefined) {
  console.log(`Nobody is logged in; the model ${requiresOpenaiAuth ? "needs" : "does not need"} it.`);
} else if (account.type === "chatgpt") {
  console.log(`Logged in by ChatGPT as ${account.email}, plan ${account.planType}`);
  const { rateLimits } = await codex.request("account/rateLimits/read", null);
  console.log(`${rateLimits.primary?.usedPercent ?? "?"} % of the present window are used.`);
} else {
  console.log(`Logged in by ${account.type}`);
}
