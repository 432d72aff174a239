// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Stats, median } from "../../src/samescreen/viewer/stats.js";

/** Painted at these times. @param {number[]} timesUs */
const statsOf = (timesUs) => {
  const stats = new Stats();
  for (const atUs of timesUs) stats.painted(20_000, atUs);
  return stats;
};

/** The same numbers in every run, from 0 to 1. @param {number} seed */
const randomOf = (seed) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

test("60 of 60 read 60, wherever the second is cut and however late single pictures are painted", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = randomOf(seed);
    const timesUs = Array.from({ length: 200 }, (_, at) => Math.round(at * 16_667 + random() * 8_000));
    for (let readUs = 2_200_000; readUs < 3_000_000; readUs += 37_001)
      assert.equal(statsOf(timesUs.filter((atUs) => atUs <= readUs)).read(readUs).fps, 60, `seed ${seed}, at ${readUs}`);
  }
});

test("60 of 60 never read 61, not in the first two seconds and not around pictures that were left out", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = randomOf(seed);
    const left = 60 + Math.floor(random() * 60);
    const all = Array.from({ length: 240 }, (_, at) => Math.round(at * 16_667 + random() * 8_000));
    const timesUs = all.filter((_, at) => at < left || at > left + 3);
    for (let readUs = 300_000; readUs < 4_000_000; readUs += 37_001) {
      const { fps } = statsOf(timesUs.filter((atUs) => atUs <= readUs)).read(readUs);
      assert.ok(fps <= 60, `${fps}: seed ${seed}, at ${readUs}`);
    }
  }
});

test("every steady rate reads as it is", () => {
  for (const fps of [2, 5, 10, 15, 24, 25, 30, 50, 60, 120]) {
    const timesUs = Array.from({ length: 4 * fps }, (_, at) => Math.round((at * 1e6) / fps));
    assert.equal(statsOf(timesUs).read(4_000_000 - 1000).fps, fps);
  }
});

test("pictures that do not come steadily are counted over the last second", () => {
  const times = (/** @type {number} */ from, /** @type {number} */ count) => Array.from({ length: count }, (_, at) => from + at * 16_667);
  assert.equal(statsOf(times(2_500_000, 30)).read(3_000_000).fps, 30, "began half a second ago");
  assert.equal(statsOf(times(0, 150)).read(3_000_000).fps, 30, "stopped half a second ago");
  assert.equal(statsOf([...times(0, 60), ...times(2_700_000, 6)]).read(2_800_000).fps, 6, "a few after a rest");
  assert.equal(statsOf([0]).read(900_000).fps, 1);
  assert.equal(statsOf(times(0, 120)).read(5_000_000).fps, 0, "none of the last second");
});

test("latency is of the last second only", () => {
  const stats = new Stats();
  for (let at = 0; at < 120; at += 1) stats.painted(at < 60 ? 500_000 : 20_000, at * 16_667);
  assert.equal(stats.read(120 * 16_667).latencyUs, 20_000);
  assert.equal(stats.read(119 * 16_667 + 1_500_000).latencyUs, null);
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
