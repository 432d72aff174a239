// @ts-check
// 16-bit samples as the host sends them, from anywhere in a message.

import assert from "node:assert/strict";
import { test } from "node:test";

import { planesOf } from "../../src/samescreen/viewer/sound/decoders.js";

test("left and right in turn, little-endian, from an odd place", () => {
  const message = new Uint8Array([9, 0xff, 0x7f, 0x01, 0x80, 0, 0, 1, 0]);
  const { left, right } = planesOf(message.subarray(1));
  assert.deepEqual([...left], [1, 0]);
  assert.deepEqual([...right], [-1, Math.fround(1 / 32767)]);
});

test("half a frame at the end is left out", () => {
  assert.equal(planesOf(new Uint8Array(7)).left.length, 1);
});
