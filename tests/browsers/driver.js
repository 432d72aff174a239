// @ts-check
// A Firefox for the tests beside it: each line on stdin is an order ({id, order, ...}), each line on stdout its answer ({id, answer}
// or {id, error}). Ends, and the browser with it, when stdin does. It knows nothing of the page: that is in the tests.

import { createInterface } from "node:readline";

import puppeteer from "puppeteer-core";

const [executablePath, insecureName, width, height] = process.argv.slice(2);

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  defaultViewport: { width: Number(width), height: Number(height) },
  extraPrefsFirefox: { "network.dns.localDomains": insecureName },
});
const page = await browser.newPage();
/** @type {string[]} errors and warnings since the page was opened */
const complaints = [];
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
});
page.on("pageerror", (error) => complaints.push(String(error)));

/** @type {Record<string, (order: any) => Promise<unknown>>} */
const orders = {
  version: () => browser.version(),
  open: async ({ url }) => {
    await page.goto("about:blank");
    complaints.length = 0;
    await page.goto(url);
  },
  evaluate: ({ script }) => page.evaluate(script),
  complaints: async () => complaints,
  screenshot: () => page.screenshot({ encoding: "base64" }),
};

/** @param {object} answer */
const say = (answer) => void process.stdout.write(`${JSON.stringify(answer)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { id, order, ...more } = JSON.parse(line);
  try {
    say({ id, answer: (await orders[order](more)) ?? null });
  } catch (error) {
    say({ id, error: String(error) });
  }
}
await browser.close();
