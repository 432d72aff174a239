// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { covers, joinDamage } from "../../src/samescreen/viewer/video/painter.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Region} Region */

/** @type {(x: number, y: number, width: number, height: number) => Region} */
const at = (x, y, width, height) => ({ x, y, width, height });
const area = (/** @type {Region[]} */ regions) => regions.reduce((sum, { width, height }) => sum + width * height, 0);

test("the same place again and again is one place", () => {
  const window = [at(100, 50, 1280, 720)];
  assert.deepEqual([window, window, window].reduce(joinDamage), window);
  assert.deepEqual(joinDamage([at(110, 60, 8, 8)], window), window);
  assert.deepEqual(joinDamage(window, [at(110, 60, 8, 8)]), window);
});

test("places apart stay apart, and overlapping ones never cost more than what holds both", () => {
  assert.deepEqual(joinDamage([at(0, 0, 8, 8)], [at(100, 100, 8, 8)]), [at(0, 0, 8, 8), at(100, 100, 8, 8)]);
  assert.deepEqual(joinDamage([at(0, 0, 100, 10)], [at(2, 0, 100, 10)]), [at(0, 0, 102, 10)]);
});

test("a picture that shows nothing new adds nothing", () => {
  const nothing = [at(0, 0, 0, 0)];
  assert.deepEqual(joinDamage(nothing, nothing), nothing);
  assert.deepEqual(area(joinDamage(nothing, [at(9, 9, 4, 4)])), 16);
});

test("everything swallows anything, and very many places are everything", () => {
  assert.deepEqual(joinDamage([], [at(0, 0, 8, 8)]), []);
  assert.deepEqual(joinDamage([at(0, 0, 8, 8)], []), []);
  const many = Array.from({ length: 1100 }, (_, index) => [at(index * 20, index * 20, 2, 2)]);
  assert.deepEqual(many.reduce(joinDamage), []);
});

test("not a pixel beside what either names is in what both name together", () => {
  let seed = 3;
  const random = (/** @type {number} */ below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const some = () => Array.from({ length: 1 + random(5) }, () => at(random(24), random(24), 1 + random(12), 1 + random(12)));
  const holds = (/** @type {Region[]} */ regions, /** @type {number} */ x, /** @type {number} */ y) =>
    regions.some((region) => covers(region, at(x, y, 1, 1)));
  for (let round = 0; round < 200; round += 1) {
    const [before, after] = [some(), some()];
    const joined = joinDamage(before, after);
    for (let y = 0; y < 36; y += 1)
      for (let x = 0; x < 36; x += 1) assert.equal(holds(joined, x, y), holds([...before, ...after], x, y));
  }
});

test("whatever either names is in what both name together, and it never costs more than the two", () => {
  let seed = 7;
  const random = (/** @type {number} */ below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const some = () => Array.from({ length: 1 + random(4) }, () => at(random(60), random(60), random(30), random(30)));
  for (let round = 0; round < 500; round += 1) {
    const [before, after] = [some(), some()];
    const joined = joinDamage(before, after);
    assert.ok(area(joined) <= area([...before, ...after]));
    for (const region of [...before, ...after])
      if (region.width && region.height) assert.ok(joined.some((other) => covers(other, region)), JSON.stringify({ before, after, joined }));
  }
});
