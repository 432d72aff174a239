// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { convertRegion, pixelOf } from "../../src/samescreen/viewer/video/colour.js";

/**
 * BT.709 limited, in floating point.
 * @param {number} y
 * @param {number} u
 * @param {number} v
 */
function expected(y, u, v) {
  const luma = ((y - 16) * 255) / 219;
  const cb = ((u - 128) * 255) / 224;
  const cr = ((v - 128) * 255) / 224;
  return [luma + 1.5748 * cr, luma - 0.187324 * cb - 0.468124 * cr, luma + 1.8556 * cb].map((value) =>
    Math.min(255, Math.max(0, value)),
  );
}

/** @param {number} word */
const channels = (word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255];

test("known colours", () => {
  const known = {
    white: [235, 128, 128, 255, 255, 255],
    black: [16, 128, 128, 0, 0, 0],
    grey: [126, 128, 128, 128, 128, 128],
    red: [63, 102, 240, 255, 0, 0],
    green: [173, 42, 26, 0, 255, 0],
    blue: [32, 240, 118, 0, 0, 255],
  };
  for (const [name, [y, u, v, ...rgb]] of Object.entries(known)) {
    channels(pixelOf(y, u, v)).forEach((value, at) =>
      assert.ok(Math.abs(value - rgb[at]) <= 2, `${name}: ${value} for ${rgb[at]}`),
    );
  }
});

test("every colour within 1 of the formula, and opaque", () => {
  for (let y = 0; y < 256; y += 3)
    for (let u = 0; u < 256; u += 5)
      for (let v = 0; v < 256; v += 5) {
        const word = pixelOf(y, u, v);
        assert.equal(word >>> 24, 255);
        const wanted = expected(y, u, v);
        channels(word).forEach((value, at) =>
          assert.ok(Math.abs(value - wanted[at]) <= 1, `${y},${u},${v}: ${value} for ${wanted[at]}`),
        );
      }
});

/**
 * @param {number} width
 * @param {number} height
 */
function noise(width, height) {
  const bytes = Uint8Array.from({ length: (width * height * 3) / 2 }, (_, at) => (at * 2654435761) >>> 24);
  return { bytes, width, height };
}

test("a region is converted exactly, grown to even corners, and nothing outside is touched", () => {
  const planes = noise(64, 48);
  for (const [width, height] of [
    [64, 48],
    [63, 47],
    [50, 33],
    [1, 1],
  ]) {
    for (const region of [
      { x: 0, y: 0, width, height },
      { x: 5, y: 7, width: 20, height: 9 },
      { x: 60, y: 40, width: 40, height: 40 },
    ]) {
      const target = { pixels: new Int32Array(width * height), width, height };
      convertRegion(planes, target, region);
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const got = target.pixels[y * width + x];
          const isInside = x >= region.x && y >= region.y && x < region.x + region.width && y < region.y + region.height;
          const isGrown =
            x >= (region.x & ~1) &&
            y >= (region.y & ~1) &&
            x < region.x + region.width &&
            y < ((region.y + region.height + 1) & ~1);
          const chroma = (y >> 1) * 32 + (x >> 1);
          const wanted = pixelOf(planes.bytes[y * 64 + x], planes.bytes[64 * 48 + chroma], planes.bytes[64 * 60 + chroma]);
          if (isInside) assert.equal(got, wanted, `${x},${y} of ${width}×${height}`);
          else if (!isGrown) assert.equal(got, 0, `${x},${y} of ${width}×${height} is outside`);
        }
    }
  }
});

test("a whole 720p picture takes milliseconds", (context) => {
  const planes = noise(1280, 720);
  const target = { pixels: new Int32Array(1280 * 720), width: 1280, height: 720 };
  const times = Array.from({ length: 40 }, () => {
    const start = performance.now();
    convertRegion(planes, target, { x: 0, y: 0, width: 1280, height: 720 });
    return performance.now() - start;
  }).sort((a, b) => a - b);
  context.diagnostic(`1280×720: p50 ${times[20].toFixed(2)} ms, best ${times[0].toFixed(2)} ms`);
  // Loose, for loaded machines: it guards against falling off the compiler's fast path, which costs 4×.
  assert.ok(times[0] < 12);
});
