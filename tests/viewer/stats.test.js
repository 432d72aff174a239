// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Stats, median } from "../../src/samescreen/viewer/stats.js";

test("pictures of the last second, and no older ones", () => {
  const stats = new Stats();
  for (let at = 0; at < 120; at += 1) stats.painted(20_000 + at, at * 16_667);
  assert.equal(stats.read(120 * 16_667).fps, 59);
  assert.equal(stats.read(5_000_000).fps, 0);
});

test("latency and decode time are medians; unknown latency does not count", () => {
  const stats = new Stats();
  for (const latencyUs of [10_000, 500_000, 12_000, null]) stats.painted(latencyUs, 0);
  for (const decodeUs of [3, 1, 2]) stats.decoded(decodeUs, 0);
  const read = stats.read(1);
  assert.equal(read.latencyUs, 12_000);
  assert.equal(read.decodeUs, 2);
  assert.equal(read.fps, 4);
});

test("bitrate", () => {
  const stats = new Stats();
  stats.received(1000, 0);
  stats.received(250, 900_000);
  assert.equal(stats.read(950_000).bitrateBps, 10_000);
  assert.equal(stats.read(1_500_000).bitrateBps, 2_000);
});

test("nothing yet", () => {
  assert.deepEqual(new Stats().read(0), { fps: 0, latencyUs: null, decodeUs: null, bitrateBps: 0 });
  assert.equal(median([]), null);
});
