/**
 * What a person does at the web app, and sees there.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { WebServer } from "./web_server.ts";

/** A browser's profile that has a session. */
export async function signedIn(browser: Browser, server: WebServer): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(server.address);
  assertEquals(page.url(), `${server.origin}/`, "the key does not stay in the address");
  await page.close();
  return context;
}

/** A page; what goes wrong on it without being seen is added to the troubles. */
export async function open(context: BrowserContext, url: string, troubles: string[]): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (said) => said.type() === "error" && troubles.push(said.text()));
  await page.goto(url);
  return page;
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
}

export async function see(page: Page, text: string): Promise<void> {
  await page.getByRole("article").getByText(text).first().waitFor();
}

export async function approve(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Approve", exact: true }).click();
}

/** Until the turn is over. */
export async function idle(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Send", exact: true }).waitFor();
}

export async function focused(page: Page): Promise<string> {
  return await page.evaluate(() =>
    document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""
  );
}
