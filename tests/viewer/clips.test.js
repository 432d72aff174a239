// @ts-check
// What is pasted on the page goes to the host before the keys do, and what the host copied comes here.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { MOST_BYTES, clipIn, clipOfText, fetchClip, sendClip } from "../../src/samescreen/viewer/control/clips.js";
import { PASTE_MS, PasteHold, isPaste } from "../../src/samescreen/viewer/control/paste_hold.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** @type {import("../../src/samescreen/viewer/control/wire.js").InputEvent} */
const V = { kind: "key", is_down: true, code: 47, mods: 2, char: "v" };
/** @type {import("../../src/samescreen/viewer/control/wire.js").InputEvent} */
const UP = { kind: "key", is_down: false, code: 47, mods: 2, char: "" };
const HELD = { buttons: 0, codes: [29] };

function hold() {
  /** @type {any[]} */ const sent = [];
  return { sent, hold: new PasteHold((events) => sent.push(...events)) };
}

/** @returns {{promise: Promise<boolean>, settle: (isThere: boolean) => void}} */
function pending() {
  /** @type {(isThere: boolean) => void} */ let settle = () => {};
  const promise = new Promise((resolve) => (settle = resolve));
  return { promise, settle };
}

test("which keys paste", () => {
  const key = (/** @type {object} */ fields) => isPaste({ key: "v", code: "KeyV", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...fields });
  assert.ok(key({ ctrlKey: true }));
  assert.ok(key({ metaKey: true }));
  assert.ok(key({ ctrlKey: true, shiftKey: true, key: "V" }));
  assert.ok(key({ ctrlKey: true, key: "м" }), "on a Russian layout");
  assert.ok(key({ shiftKey: true, key: "Insert", code: "Insert" }));
  assert.ok(!key({ ctrlKey: true, key: "k" }), "another letter lies there");
  assert.ok(!key({ ctrlKey: true, altKey: true }));
  assert.ok(!key({}));
});

test("the keys wait until the host has what is pasted, and keep their order", async () => {
  const { hold: paste, sent } = hold();
  const { promise, settle } = pending();
  paste.begin([V], HELD);
  const done = paste.pasted(promise);
  paste.send([UP]);
  mock.timers.tick(10 * PASTE_MS);
  assert.deepEqual([sent, paste.held], [[], HELD]);
  settle(true);
  await done;
  assert.deepEqual([sent, paste.held], [[V, UP], null]);
  paste.send([V]);
  assert.deepEqual(sent, [V, UP, V]);
});

test("what the host did not take is not pasted: its programs would paste something else", async () => {
  const { hold: paste, sent } = hold();
  paste.begin([V], HELD);
  const done = paste.pasted(Promise.resolve(false));
  paste.send([UP]);
  await done;
  assert.deepEqual(sent, [UP]);
});

test("without a paste, or with nothing in it, the keys go on alone", async () => {
  const { hold: paste, sent } = hold();
  paste.begin([V], HELD);
  mock.timers.tick(PASTE_MS);
  assert.deepEqual(sent, [V]);
  paste.begin([V], HELD);
  await paste.pasted(null);
  assert.deepEqual(sent, [V, V]);
});

test("what waits is dropped when the page lets go", async () => {
  const { hold: paste, sent } = hold();
  const { promise, settle } = pending();
  paste.begin([V], HELD);
  const done = paste.pasted(promise);
  paste.drop();
  paste.begin([UP], HELD);
  settle(true);
  await done;
  assert.deepEqual(sent, [], "a late answer does not settle the next paste");
  mock.timers.tick(PASTE_MS);
  assert.deepEqual(sent, [UP]);
});

/** @returns {any} */
const transfer = (/** @type {string} */ text, /** @type {{kind: string, type: string, getAsFile: () => Blob|null}[]} */ items = []) => ({ getData: () => text, items });

test("a paste is a text, or else a PNG image", async () => {
  const png = new Blob(["png"], { type: "image/png" });
  const image = { kind: "file", type: "image/png", getAsFile: () => png };
  assert.equal(await clipIn(transfer("héllo"))?.body.text(), "héllo");
  assert.equal(clipIn(transfer("both", [image]))?.kind, "text");
  assert.deepEqual(clipIn(transfer("", [{ ...image, type: "image/gif" }, image])), { kind: "image", body: png });
  assert.equal(clipIn(transfer("", [{ ...image, type: "text/html", kind: "string" }])), null);
  assert.equal(clipIn(null), null);
});

test("what becomes of a clip", async () => {
  /** @type {any[]} */ const asked = [];
  let status = 200;
  Object.assign(globalThis, {
    fetch: async (/** @type {string} */ path, /** @type {any} */ request) => {
      asked.push([path, request.headers["content-type"]]);
      if (status === 0) throw new TypeError("no network");
      return new Response("", { status });
    },
  });
  assert.equal(await sendClip(clipOfText("x")), "sent");
  assert.deepEqual(asked, [["api/clipboard", "text/plain;charset=utf-8"]]);
  for (const [given, fate] of /** @type {const} */ ([[413, "too-large"], [403, "refused"], [409, "refused"], [0, "lost"]])) {
    status = given;
    assert.equal(await sendClip(clipOfText("x")), fate);
  }
  assert.equal(await sendClip(clipOfText("x".repeat(MOST_BYTES.text + 1))), "too-large");
  assert.equal(asked.length, 5, "what is too large is not sent");
});

test("what the host copied", async () => {
  let answer = new Response("of the host", { headers: { "content-type": "text/plain; charset=utf-8" } });
  Object.assign(globalThis, { fetch: async () => answer });
  const clip = await fetchClip();
  assert.deepEqual([clip?.kind, await clip?.body.text()], ["text", "of the host"]);
  answer = new Response("png", { headers: { "content-type": "image/png" } });
  assert.equal((await fetchClip())?.kind, "image");
  answer = new Response("", { status: 404 });
  assert.equal(await fetchClip(), null);
});
