// @ts-check
// A first glimpse of the picture: gone without a trace when something better, or nothing, came.

import assert from "node:assert/strict";
import test from "node:test";

import { Glimpse, firstPicture } from "../../src/samescreen/viewer/app/glimpse.js";
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
    const canvas = { remove: () => images.splice(images.indexOf(canvas), 1), getContext: () => ({ transferFromImageBitmap: (/** @type {any} */ shown) => Object.assign(canvas, { shown }) }) };
    return canvas;
  };
  const stage = { prepend: (/** @type {any} */ image) => images.push(image) };
  const document = { readyState: "complete", createElement, documentElement: { dataset: {} }, getElementById: () => stage };
  const createImageBitmap = async (/** @type {Blob} */ file) => ((await file.text()) === "jpeg" ? { width: 96, height: 54 } : Promise.reject(new TypeError("no picture")));
  Object.assign(globalThis, { document, createImageBitmap, fetch: (/** @type {string} */ url) => (asked.push(url), fetched()) });
  return { images, asked, document };
}

const picture = () => Promise.resolve({ status: 200, blob: () => Promise.resolve(new Blob(["jpeg"])) });

test("a host that answered at once is asked for a whole still, a slow one for a sketch", () => {
  assert.equal(firstPicture(answeredAfter(10)), "whole");
  assert.equal(firstPicture(answeredAfter(25)), null);
  assert.equal(firstPicture(answeredAfter(60)), "sketch");
  assert.equal(firstPicture([]), null);
});

test("the sketch is that of the stream which the page watches, and goes when the picture comes", async () => {
  const { images, asked, document } = scene(picture);
  const glimpse = new Glimpse();
  await glimpse.show("screen & more");
  await settled();
  assert.deepEqual(asked, ["sketch.jpg?stream=screen%20%26%20more"]);
  assert.deepEqual(images[0].shown, { width: 96, height: 54 });
  assert.deepEqual([images[0].width, images[0].height, images[0].ariaHidden, glimpse.isWhole], [96, 54, "true", false]);
  assert.match(/** @type {any} */ (document.documentElement.dataset).glimpseMs, /^\d+$/u);
  glimpse.end();
  glimpse.end();
  assert.deepEqual(images, []);
});

test("a picture that came with the login is shown; one that breaks off, or is none, is not", async () => {
  for (const [coming, shown] of /** @type {[Blob|null, number][]} */ ([[new Blob(["jpeg"]), 1], [new Blob(["text"]), 0], [null, 0]])) {
    const { images } = scene(picture);
    const glimpse = new Glimpse();
    await glimpse.place(Promise.resolve(coming), true);
    assert.deepEqual([images.length, glimpse.isWhole], [shown, true]);
  }
});

test("a picture that comes before the browser has read the page waits for it", async () => {
  const { images, document } = scene(picture);
  /** @type {() => void} */ let read = () => {};
  Object.assign(document, { readyState: "loading", addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => (read = listener) });
  void new Glimpse().place(Promise.resolve(new Blob(["jpeg"])), false);
  await settled();
  assert.deepEqual(images, []);
  read();
  await settled();
  assert.equal(images.length, 1);
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
