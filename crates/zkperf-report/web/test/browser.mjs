// A headless Chromium that minds every message and every request of a page.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where reports are, and where pictures go. */
export const REPORTS = process.env.ZKPERF_REPORTS;
assert(REPORTS, "ZKPERF_REPORTS names the folder of reports; `check` makes them");
mkdirSync(REPORTS, { recursive: true });

let browser;

export async function start() {
  browser = await chromium.launch({
    executablePath: process.env.ZKPERF_CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
  });
}

export async function stop() {
  await browser?.close();
}

/** Opens a report from disk in a browser of its own, without network. `done` demands that it was quiet. */
export async function open(name, hash = "", options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    offline: true,
    colorScheme: "light",
    ...options.context,
  });
  const page = await context.newPage();
  const noise = [];
  page.on("console", (message) => noise.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => noise.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => {
    noise.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("file://")) noise.push(`request: ${request.url().slice(0, 200)}`);
  });
  if (options.init) await page.addInitScript(options.init);
  const url = `file://${join(REPORTS, name)}`;
  await page.goto(url + (hash ? `#${hash}` : ""));
  if (!options.broken) await page.waitForSelector("html[data-checked]");
  return {
    page,
    detail: () => page.textContent(".detail .name"),
    hash: () => page.evaluate(() => location.hash.slice(1)),
    /** Waits for the next picture. */
    settle: () => page.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok)))),
    picture: async (file) => {
      await page.mouse.move(1, 1);
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(REPORTS, file) });
    },
    done: async () => {
      assert.deepEqual(noise, []);
      await context.close();
    },
  };
}
