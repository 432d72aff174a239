// @ts-check
// A first glimpse of the picture: asked for on a slow link only, and gone without a trace when something better, or nothing, came.

import assert from "node:assert/strict";
import test from "node:test";

import { Glimpse, isSlow } from "../../src/samescreen/viewer/app/glimpse.js";
import { settled } from "./fakes/codecs.js";

/** @param {number} ms */
const answeredAfter = (ms) => /** @type {any} */ ([{ requestStart: 100, responseStart: 100 + ms }]);

/**
 * A page, the images on its stage, and what it asked the host for.
 * @param {() => Promise<unknown>} fetched
 */
function scene(fetched) {
  /** @type {any[]} */ const images = [];
  /** @type {string[]} */ const asked = [];
  const createElement = () => {
    const image = { remove: () => images.splice(images.indexOf(image), 1) };
    return image;
  };
  const stage = { prepend: (/** @type {any} */ image) => images.push(image) };
  const document = { createElement, documentElement: { dataset: {} }, getElementById: () => stage };
  Object.assign(globalThis, { document, fetch: (/** @type {string} */ url) => (asked.push(url), fetched()) });
  return { images, asked, document };
}

const picture = () => Promise.resolve({ status: 200, blob: () => Promise.resolve(new Blob(["jpeg"])) });

test("a host that answered at once is asked for no sketch", () => {
  assert.equal(isSlow(answeredAfter(10)), false);
  assert.equal(isSlow(answeredAfter(60)), true);
  assert.equal(isSlow([]), false);
});

test("the sketch is that of the stream which the page watches, and goes when the picture comes", async () => {
  const { images, asked, document } = scene(picture);
  const glimpse = new Glimpse();
  await glimpse.show("screen & more");
  await settled();
  assert.deepEqual(asked, ["sketch.jpg?stream=screen%20%26%20more"]);
  assert.match(images[0].src, /^blob:/u);
  images[0].onload();
  assert.match(/** @type {any} */ (document.documentElement.dataset).glimpseMs, /^\d+$/u);
  glimpse.end();
  glimpse.end();
  assert.deepEqual(images, []);
});

test("what comes after the picture is not shown", async () => {
  const { images } = scene(picture);
  const glimpse = new Glimpse();
  const showing = glimpse.show("");
  glimpse.end();
  await showing;
  await settled();
  assert.deepEqual(images, []);
});

test("a host without a picture, or out of reach, leaves nothing behind", async () => {
  for (const fetched of [() => Promise.resolve({ status: 204 }), () => Promise.reject(new TypeError("offline"))]) {
    const { images } = scene(fetched);
    await new Glimpse().show("");
    await settled();
    assert.deepEqual(images, []);
  }
});
