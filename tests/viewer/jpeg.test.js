// @ts-check
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { JpegDecoder } from "../../src/samescreen/viewer/video/jpeg.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Region} Region */

const CONFIG = /** @type {any} */ ({ rendition: 2, width: 64, height: 48 });
/** @type {(x: number, y: number, width: number, height: number) => Region} */
const at = (x, y, width, height) => ({ x, y, width, height });

/** Decodes when the test calls. */
function scene() {
  /** @type {((bitmap: object) => void)[]} */ const busy = [];
  globalThis.createImageBitmap = /** @type {any} */ (() => new Promise((resolve) => busy.push(resolve)));
  /** @type {{sequence: number, damage: Region[]}[]} */ const seen = [];
  const decoder = new JpegDecoder(
    {
      onPicture: ({ sequence, damage }) => seen.push({ sequence, damage }),
      onError: (error) => assert.fail(error),
      onBetterPath: () => {},
    },
    () => 0,
  );
  decoder.configure(CONFIG);
  const decode = (/** @type {number} */ sequence, /** @type {boolean} */ isKeyframe, /** @type {Region[]} */ damage) =>
    decoder.decode(/** @type {any} */ ({ kind: 2, rendition: 2, sequence, ptsUs: 0, isKeyframe, damage, payload: new Uint8Array(1) }));
  const finish = async () => {
    busy.shift()?.({ close: () => {} });
    await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { decoder, seen, decode, finish };
}

test("a still that takes the place of a waiting one paints what that would have painted", async () => {
  const { seen, decode, finish, decoder } = scene();
  decode(1, true, []);
  decode(2, true, [at(0, 0, 8, 8)]);
  decode(3, true, [at(32, 32, 8, 8)]);
  assert.equal(decoder.queue, 2);
  await finish();
  await finish();
  assert.deepEqual(seen, [
    { sequence: 1, damage: [] },
    { sequence: 3, damage: [at(0, 0, 8, 8), at(32, 32, 8, 8)] },
  ]);
});

test("a whole still takes the place of any and paints everything", async () => {
  const { seen, decode, finish } = scene();
  decode(1, true, []);
  decode(2, true, [at(0, 0, 8, 8)]);
  decode(3, true, []);
  await finish();
  await finish();
  assert.deepEqual(seen.at(-1), { sequence: 3, damage: [] });
});

test("pieces beside each other are all decoded, one in the place of an older one alone", async () => {
  const { seen, decode, finish } = scene();
  decode(1, false, [at(0, 0, 8, 8)]);
  decode(2, false, [at(8, 0, 8, 8)]);
  decode(3, false, [at(16, 0, 8, 8)]);
  decode(4, false, [at(8, 0, 8, 8)]);
  for (let turn = 0; turn < 3; turn += 1) await finish();
  assert.deepEqual(
    seen.map(({ sequence }) => sequence),
    [1, 3, 4],
  );
});

test("a still with fewer pixels than its config is stretched to the picture", async () => {
  const paint = mock.fn();
  globalThis.createImageBitmap = /** @type {any} */ (async () => ({ width: 32, height: 24, close: () => {} }));
  const shown = await new Promise((resolve) => {
    const decoder = new JpegDecoder({ onPicture: resolve, onError: (error) => assert.fail(error), onBetterPath: () => {} }, () => 0);
    decoder.configure(/** @type {any} */ ({ width: 64, height: 48 }));
    decoder.decode(/** @type {any} */ ({ rendition: 2, sequence: 0, ptsUs: 0, isKeyframe: true, damage: [], payload: new Uint8Array(1) }));
  });
  const whole = { x: 0, y: 0, width: 64, height: 48 };
  shown.paint({ draw: paint }, [whole]);
  assert.deepEqual([shown.width, shown.height], [64, 48]);
  assert.deepEqual(paint.mock.calls[0].arguments.slice(1), [{ width: 32, height: 24 }, whole, [whole]]);
});

test("a still may be a PNG file", () => {
  /** @type {string[]} */ const types = [];
  for (const first of [0xff, 0x89]) {
    const one = scene().decoder;
    globalThis.createImageBitmap = /** @type {any} */ ((/** @type {Blob} */ file) => new Promise(() => types.push(file.type)));
    one.decode(/** @type {any} */ ({ kind: 2, rendition: 2, sequence: 1, ptsUs: 0, isKeyframe: true, damage: [], payload: Uint8Array.of(first) }));
  }
  assert.deepEqual(types, ["image/jpeg", "image/png"]);
});
