// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { SteadyRate, limitShown } from "../../src/samescreen/viewer/app/badge.js";

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

/** @typedef {import("../../src/samescreen/viewer/stats.js").Totals} Totals */
/** @typedef {import("../../src/samescreen/viewer/wire.js").Limit} Limit */

const LIMITS = /** @type {Limit[]} */ (["none", "hidden", "stalled", "network", "decoder", "encoder", "host", "preference"]);

/** Every table of evidence that the page can have. @returns {Iterable<Totals>} */
function* everyEvidence() {
  for (const limit of [null, ...LIMITS])
    for (const fps of [0, 1, 60])
      for (const bitrateBps of [0, 8000])
        for (const decodeUs of [null, 4_000, 40_000])
          yield /** @type {Totals} */ (/** @type {unknown} */ ({ fps, bitrateBps, decodeUs, host: limit && { limit } }));
}

test("the page shows the host's verdict or none, and none without pictures in the last second", () => {
  for (const totals of everyEvidence()) {
    const shown = limitShown(totals);
    const words = JSON.stringify(totals);
    assert.ok(shown === null || shown === totals.host?.limit, words);
    const isAboutTheConnection = shown === "hidden" || shown === "stalled";
    const isMoving = totals.fps > 0 || totals.bitrateBps > 0;
    if (shown !== null) assert.ok(isAboutTheConnection || isMoving, words);
    if (shown === "decoder") assert.notEqual(totals.decodeUs, null, words);
    if (isMoving && totals.host && totals.decodeUs !== null) assert.equal(shown, totals.host.limit, words);
  }
});
