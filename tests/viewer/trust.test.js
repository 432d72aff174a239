// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { FakeElement, installPage } from "./fakes/page.js";

const CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140";
let visits = 0;

/** @param {{agent?: string, answer?: object|null, local?: Record<string, string>}} [like]  answer: of api/tls, null for none */
async function open({ agent = CHROME, answer = { sha256: "AB:CD" }, local } = {}) {
  const page = installPage({ href: "http://host:9000/trust.html", local });
  Object.assign(navigator, { userAgent: agent });
  /** @type {Record<string, any[]>} */
  const found = {
    article: ["en", "zh"].map((id) => new FakeElement(id)),
    details: ["firefox", "android", "ios", "windows", "macos", "linux"].map((system) => Object.assign(new FakeElement(), { dataset: { system } })),
    "a.open": [new FakeElement()],
    ".fingerprint": [new FakeElement(), new FakeElement()],
    ".unknown button": [new FakeElement()],
  };
  page.document.querySelectorAll = /** @type {any} */ ((/** @type {string} */ selector) => found[selector] ?? []);
  for (const element of [...found.article, new FakeElement("language")]) page.document.elements.set(element.id, element);
  globalThis.fetch = /** @type {any} */ (async () => (answer ? new Response(JSON.stringify(answer)) : Promise.reject(new TypeError("none"))));
  visits += 1;
  await import(`../../src/samescreen/viewer/app/trust.js?visit=${visits}`);
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { page, found, opened: () => found.details.filter((each) => each.open).map((each) => each.dataset.system) };
}

test("the instructions for the reader's own system are open, Firefox's before the system's", async () => {
  for (const [agent, system] of [
    [CHROME, "windows"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "firefox"],
    ["Mozilla/5.0 (Linux; Android 15) Chrome/140", "android"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "ios"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)", "macos"],
  ]) {
    const { opened } = await open({ agent });
    assert.deepEqual(opened(), [system]);
  }
});

test("the fingerprint is shown; a host without an authority is told apart from one that does not answer", async () => {
  for (const [answer, authority, text] of /** @type {const} */ ([
    [{ sha256: "AB:CD" }, "true", "AB:CD"],
    [{ sha256: null }, "false", ""],
    [null, "unknown", ""],
  ])) {
    const { page, found } = await open({ answer });
    assert.equal(page.root.dataset.authority, authority);
    assert.deepEqual(found[".fingerprint"].map(({ textContent }) => textContent), [text, text]);
  }
});

test("the language of this page is the one chosen before, and its button changes to the other for good", async () => {
  const { page, found } = await open({ local: { language: "zh" } });
  assert.deepEqual(found.article.map(({ hidden }) => hidden), [true, false]);
  page.byId("language").onclick();
  assert.deepEqual(found.article.map(({ hidden }) => hidden), [false, true]);
  assert.equal(page.local.getItem("samescreen.language"), "en");
  assert.equal(found["a.open"][0].href, "https://host:9000/");
});
