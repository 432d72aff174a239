// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { build, target } from "../../scripts/build-wasm.mjs";
import { pixelOf } from "../../src/samescreen/viewer/video/colour.js";

const { SimdConverter } = await import("../../src/samescreen/viewer/video/simd.js");
const module = new WebAssembly.Module(readFileSync(target));

/** @param {number} width @param {number} height */
function noise(width, height) {
  const bytes = Uint8Array.from({ length: (width * height * 3) / 2 }, (_, at) => (Math.imul(at, 2654435761) >>> 24) ^ (at & 255));
  return { bytes, width, height };
}

test("the .wasm is what its source makes", async () => {
  assert.deepEqual(new Uint8Array(readFileSync(target)), await build());
});

/** A picture as large as its planes. @param {number} width @param {number} height */
const whole = (width, height) => ({ x: 0, y: 0, width, height });

/**
 * @param {import("../../src/samescreen/viewer/video/simd.js").SimdConverter} converter
 * @param {ReturnType<typeof noise>} planes
 * @param {ReturnType<typeof whole>} region
 */
function converted(converter, planes, region) {
  const pixels = new Uint32Array(region.width * region.height);
  converter.convert(planes, region, pixels);
  return pixels;
}

test("every pixel of a region within 1 of colour.js, opaque; memory grows with the width; nothing beyond the picture", () => {
  const converter = new SimdConverter(module);
  for (const [width, height] of [[16, 2], [64, 48], [1280, 720], [48, 34], [17_600, 4]]) {
    const planes = noise(width, height);
    for (const region of [
      { x: 0, y: 0, width, height },
      { x: 5, y: 7, width: 20, height: 9 },
      { x: 40, y: 20, width: 400, height: 400 },
      { x: 0, y: 31, width, height: 3 },
    ]) {
      const pixels = converted(converter, planes, region);
      const data = new Uint8Array(pixels.buffer);
      for (let row = 0; row < region.height; row += 1)
        for (let column = 0; column < region.width; column += 1)
          if (region.x + column >= width || region.y + row >= height) assert.equal(pixels[row * region.width + column], 0);
      for (let y = region.y; y < Math.min(height, region.y + region.height); y += 1)
        for (let x = region.x; x < Math.min(width, region.x + region.width); x += 1) {
          const chroma = width * height + (y >> 1) * (width / 2) + (x >> 1);
          const wanted = pixelOf(planes.bytes[y * width + x], planes.bytes[chroma], planes.bytes[chroma + (width * height) / 4]);
          for (let channel = 0; channel < 4; channel += 1) {
            const off = Math.abs(data[((y - region.y) * region.width + x - region.x) * 4 + channel] - ((wanted >>> (8 * channel)) & 255));
            if (off > (channel === 3 ? 0 : 1)) assert.fail(`${x},${y} channel ${channel} of ${width}×${height}: off by ${off}`);
          }
        }
    }
  }
});

test("every chroma, with the least and the most luma there can be, within 1 of colour.js", () => {
  const [width, height] = [512, 512];
  const converter = new SimdConverter(module);
  for (const luma of [0, 16, 126, 235, 255]) {
    const planes = { bytes: new Uint8Array((width * height * 3) / 2).fill(luma), width, height };
    const chroma = width * height;
    for (let at = 0; at < 65536; at += 1) {
      planes.bytes[chroma + at] = at & 255;
      planes.bytes[chroma + 65536 + at] = at >> 8;
    }
    const data = new Uint8Array(converted(converter, planes, whole(width, height)).buffer);
    for (let at = 0; at < 65536; at += 1) {
      const wanted = pixelOf(luma, at & 255, at >> 8);
      const first = ((at >> 8) * 2 * width + (at & 255) * 2) * 4;
      for (let channel = 0; channel < 3; channel += 1) {
        const off = Math.abs(data[first + channel] - ((wanted >>> (8 * channel)) & 255));
        if (off > 1) assert.fail(`${luma},${at & 255},${at >> 8} channel ${channel}: off by ${off}`);
      }
    }
  }
});

test("a whole 720p picture", (context) => {
  const converter = new SimdConverter(module);
  const planes = noise(1280, 720);
  const pixels = new Uint32Array(1280 * 720);
  const times = Array.from({ length: 60 }, () => {
    const start = performance.now();
    converter.convert(planes, whole(1280, 720), pixels);
    return performance.now() - start;
  }).sort((a, b) => a - b);
  context.diagnostic(`1280×720: p50 ${times[30].toFixed(2)} ms, best ${times[0].toFixed(2)} ms`);
  assert.ok(times[0] < 5);
});
