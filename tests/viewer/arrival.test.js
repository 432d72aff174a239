// What came before app.js had loaded is reported later, and what comes often pushes out nothing that came once.

import assert from "node:assert/strict";
import test from "node:test";

import { keptAfter } from "../../src/samescreen/viewer/app/arrival.js";

/** @typedef {Parameters<typeof keptAfter>[1]} Name */

test("the grants are still there after minutes of moving cursors", () => {
  /** @type {ReturnType<typeof keptAfter>} */
  let kept = keptAfter([], "grants", { grants: ["watch"] });
  for (let n = 0; n < 5_000; n += 1)
    for (const name of /** @type {Name[]} */ (["cursor", "activity", "stats", "state", "size"])) kept = keptAfter(kept, name, n);
  assert.deepEqual(kept.map(([name]) => name), ["grants", "cursor", "activity", "stats", "state", "size"]);
  assert.deepEqual(kept.at(-1), ["size", 4_999]);
});

test("of what counts each time, the newest stay, in order", () => {
  /** @type {ReturnType<typeof keptAfter>} */
  let kept = [];
  for (let n = 0; n < 1_000; n += 1) kept = keptAfter(kept, "fromhost", n);
  assert.equal(kept.length, 200);
  assert.deepEqual([kept[0][1], kept[199][1]], [800, 999]);
});
