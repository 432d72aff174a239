// @ts-check
// Pixels on their way from the worker's thread to the page's canvas: over a real MessageChannel, onto a canvas that is an array.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { RemoteSurface, servePainting } from "../../src/samescreen/viewer/video/remote_surface.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Region} Region */

class FakeImageData {
  /** @param {Uint8ClampedArray} data @param {number} width @param {number} height */
  constructor(data, width, height) {
    assert.equal(data.length, width * height * 4);
    Object.assign(this, { data, width, height });
  }
}
Object.assign(globalThis, { ImageData: FakeImageData });

/** @type {RemoteSurface[]} */ let open = [];
afterEach(() => {
  for (const surface of open) surface.close();
  open = [];
});

/** Both ends, and what the canvas shows: a number a pixel. */
function scene() {
  const { port1, port2 } = new MessageChannel();
  const canvas = {
    width: 1,
    height: 1,
    pixels: new Uint32Array(1),
    /** @type {string[]} */ log: [],
    onBlank: () => {},
    /** @type {(size: {width: number, height: number}) => void} */
    resize({ width, height }) {
      Object.assign(this, { width, height, pixels: new Uint32Array(width * height) });
      this.log.push("resized");
    },
    /** @type {(image: ImageData, x: number, y: number) => void} */
    put(image, x, y) {
      const from = new Uint32Array(image.data.buffer);
      for (let row = 0; row < image.height; row += 1)
        this.pixels.set(from.subarray(row * image.width, (row + 1) * image.width), (y + row) * this.width + x);
      this.log.push(`${image.width}×${image.height}`);
    },
  };
  servePainting(/** @type {any} */ (port1), /** @type {any} */ (canvas));
  const surface = new RemoteSurface(/** @type {any} */ (port2));
  open.push(surface);
  const ready = () => new Promise((/** @type {(value: void) => void} */ resolve) => (surface.onReady = resolve));
  return { canvas, surface, ready };
}

/**
 * Writes pixels that say where they are.
 * @param {number} across  pixels a row of the picture
 * @param {Region} region
 */
const placesIn = (across, { x, y, width }, mark = 0) => (/** @type {Uint32Array} */ pixels) =>
  pixels.forEach((_, at) => (pixels[at] = mark + (y + Math.floor(at / width)) * across + x + (at % width)));

/** @type {(side: number) => Region} */
const square = (side) => ({ x: 0, y: 0, width: side, height: side });

test("what is filled into regions is on the canvas there, and nothing else is", async () => {
  let seed = 5;
  const random = (/** @type {number} */ below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const [width, height] = [23, 17];
  const { canvas, surface, ready } = scene();
  surface.resize({ width, height });
  const expected = new Uint32Array(width * height);
  for (let round = 1; round <= 40; round += 1) {
    for (let count = 1 + random(3); count > 0; count -= 1) {
      const [x, y] = [random(width), random(height)];
      const region = { x, y, width: 1 + random(width - x), height: 1 + random(height - y) };
      surface.fill(region, placesIn(width, region, round * 1000));
      for (let row = y; row < y + region.height; row += 1)
        for (let column = x; column < x + region.width; column += 1)
          expected[row * width + column] = round * 1000 + row * width + column;
    }
    const done = ready();
    surface.flush();
    await done;
    assert.deepEqual(canvas.pixels, expected);
  }
  assert.equal(canvas.log.filter((what) => what === "resized").length, 1);
});

test("one batch is under way at a time; only when the page has painted it, another may go", async () => {
  const { canvas, surface, ready } = scene();
  assert.ok(surface.isReady);
  surface.flush();
  assert.ok(surface.isReady, "nothing was painted, so nothing is under way");
  surface.resize({ width: 4, height: 4 });
  surface.fill(square(4), placesIn(4, square(4)));
  const done = ready();
  surface.flush();
  assert.ok(!surface.isReady);
  assert.deepEqual(canvas.log, []);
  await done;
  assert.ok(surface.isReady);
  assert.deepEqual(canvas.log, ["resized", "4×4"], "in one turn, in this order");
  assert.ok(surface.shownUs >= 0);
});

test("the bytes of a picture come back and carry the next", async () => {
  const { surface, ready } = scene();
  surface.resize({ width: 8, height: 8 });
  /** @type {number[]} */ const made = [];
  const real = globalThis.ArrayBuffer;
  globalThis.ArrayBuffer = /** @type {any} */ (
    class extends real {
      constructor(/** @type {number} */ size) {
        super(size);
        made.push(size);
      }
    }
  );
  try {
    for (let round = 0; round < 5; round += 1) {
      surface.fill(square(8), placesIn(8, square(8)));
      const done = ready();
      surface.flush();
      await done;
    }
  } finally {
    globalThis.ArrayBuffer = real;
  }
  assert.equal(made.filter((size) => size === 256).length, 1);
});

test("a canvas that lost its pixels is reported to the worker", async () => {
  const { canvas, surface } = scene();
  const told = new Promise((/** @type {(value: void) => void} */ resolve) => (surface.onBlank = resolve));
  canvas.onBlank();
  await told;
});
