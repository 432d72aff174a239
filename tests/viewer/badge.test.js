// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { SteadyRate } from "../../src/samescreen/viewer/app/badge.js";

/** @param {number[]} rates  one a second */
const shown = (rates) => {
  const rate = new SteadyRate();
  return rates.map((fps) => rate.read(fps));
};

test("a rate that wavers by one stands still", () => {
  assert.deepEqual(shown([60, 61, 60, 59, 60, 60, 59, 61]), [60, 60, 60, 60, 60, 60, 60, 60]);
});

test("a rate that has really changed by one shows after three seconds", () => {
  assert.deepEqual(shown([60, 59, 59, 59, 59]), [60, 60, 60, 59, 59]);
});

test("a jump, a stop and a start show at once", () => {
  assert.deepEqual(shown([60, 30, 0, 1, 0, 60]), [60, 30, 0, 1, 0, 60]);
});
