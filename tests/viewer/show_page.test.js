// @ts-check
// The page of a link to show something: what it says, whether its single use is spent, and that it shows in the click.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { TEXTS } from "../../src/samescreen/viewer/app/texts.js";
import { FakeElement, fire, installPage } from "./fakes/page.js";

const IDS = ["page-words", "page-said", "page-choices", "page-name-form", "language"];
let visits = 0;
// The page looks after its login for as long as it is open, which would keep the test's process.
const realInterval = /** @type {any} */ (globalThis.setInterval);
Object.assign(globalThis, { setInterval: (/** @type {any} */ ...given) => realInterval(...given).unref() });

/** @param {{isSecure?: boolean, status?: number, cause?: string|null}} [given] */
async function open({ isSecure = true, status = 200, cause = null } = {}) {
  const page = installPage({ href: `http${isSecure ? "s" : ""}://host:9000/show#token=once` });
  for (const id of IDS) page.document.elements.set(id, new FakeElement(id));
  const Input = /** @type {typeof FakeElement} */ (/** @type {unknown} */ (HTMLInputElement));
  page.document.elements.set("page-name", new Input("page-name"));
  const track = Object.assign(new EventTarget(), { stop: mock.fn() });
  const getDisplayMedia = mock.fn(async () => ({ getVideoTracks: () => [track], getAudioTracks: () => [] }));
  Object.assign(navigator, { mediaDevices: isSecure ? { getDisplayMedia, getUserMedia: async () => {}, enumerateDevices: async () => [] } : undefined, userAgent: "x" });
  Object.defineProperty(globalThis, "isSecureContext", { value: isSecure, configurable: true });
  const requests = mock.fn(async () => new Response(status === 200 ? '{"pass":"p"}' : "no", { status, headers: cause ? { "samescreen-cause": cause } : {} }));
  globalThis.fetch = /** @type {any} */ (requests);
  visits += 1;
  await import(`../../src/samescreen/viewer/app/show_page.js?visit=${visits}`);
  const shown = page.byId("page-words");
  for (let turn = 0; turn < 1000 && shown.textContent === TEXTS.en["onair.connecting"]; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return { page, requests, getDisplayMedia, words: () => page.byId("page-words").textContent };
}

test("who is let in may choose what to show, under a name, in the click", async () => {
  const { page, getDisplayMedia, words } = await open();
  assert.deepEqual([words(), page.byId("page-choices").hidden], [TEXTS.en["page.text"], false]);
  assert.equal(page.location.hash, "", "the secret leaves the address");
  page.byId("page-name").value = "Ann";
  fire(page.byId("show-screen"), "click");
  assert.equal(getDisplayMedia.mock.callCount(), 1);
  assert.ok(page.byId("show-screen").disabled);
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  fire(page.window, "pagehide");
});

test("a link that was used says so, and offers nothing", async () => {
  const { page, words } = await open({ status: 403, cause: "wrong" });
  assert.deepEqual([words(), page.byId("page-choices").hidden], [TEXTS.en["page.over"], true]);
});

test("through plain http the single use is not spent: the page leads to https with it", async () => {
  const { page, requests, words } = await open({ isSecure: false });
  assert.equal(requests.mock.callCount(), 0);
  assert.deepEqual([words(), page.byId("page-choices").hidden, page.byId("show-secure").hidden], [TEXTS.en["show.insecure"], true, false]);
  fire(page.byId("show-secure-link"), "click");
  assert.deepEqual(page.location.assign.mock.calls[0].arguments, ["https://host:9000/show#token=once"]);
});
