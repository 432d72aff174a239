// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { HostClock } from "../../src/samescreen/viewer/clock.js";

const OFFSET_US = 5_000_000;

/**
 * @param {HostClock} clock
 * @param {number} sentUs
 * @param {number} thereUs
 * @param {number} backUs
 */
function exchange(clock, sentUs, thereUs, backUs) {
  clock.pong(sentUs, sentUs + thereUs + OFFSET_US, sentUs + thereUs + backUs);
}

test("before the first pong nothing is known", () => {
  const clock = new HostClock();
  assert.equal(clock.ageUs(0, 0), null);
  assert.equal(clock.rttUs, null);
});

test("a symmetric round trip gives the exact age", () => {
  const clock = new HostClock();
  exchange(clock, 1_000_000, 400, 400);
  assert.equal(clock.ageUs(OFFSET_US + 2_000_000, 2_030_000), 30_000);
  assert.equal(clock.rttUs, 800);
});

test("the shortest round trip wins over later, queued ones", () => {
  const clock = new HostClock();
  exchange(clock, 1_000_000, 500, 500);
  exchange(clock, 3_000_000, 500, 90_000);
  assert.equal(clock.ageUs(OFFSET_US + 4_000_000, 4_010_000), 10_000);
  assert.equal(clock.rttUs, 90_500);
});

test("old samples leave the window", () => {
  const clock = new HostClock();
  exchange(clock, 0, 0, 0);
  clock.pong(40_000_000, 40_000_000 + OFFSET_US + 7_000, 40_000_000);
  assert.equal(clock.ageUs(OFFSET_US + 41_000_000, 41_000_000), 7_000);
});

test("a pong from the future is ignored, and an age is never negative", () => {
  const clock = new HostClock();
  clock.pong(100, 5, 50);
  assert.equal(clock.rttUs, null);
  exchange(clock, 1_000_000, 0, 0);
  assert.equal(clock.ageUs(OFFSET_US + 9_000_000, 2_000_000), 0);
});

test("reset forgets", () => {
  const clock = new HostClock();
  exchange(clock, 0, 10, 10);
  clock.reset();
  assert.equal(clock.ageUs(0, 0), null);
});
