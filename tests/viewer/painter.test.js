// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Painter, covers, joinDamage } from "../../src/samescreen/viewer/video/painter.js";

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

/** A painter on a surface that writes down which pictures were painted, and in which turn. */
function scene() {
  /** @type {string[]} */ const log = [];
  const surface = { width: 64, height: 64, isReady: true, shownUs: 0, onReady: () => {}, flush: () => {}, close: () => {} };
  const painter = new Painter(/** @type {any} */ (surface), () => {}, () => {}, () => 0);
  /** @type {(name: string, sequence: number, ptsUs: number, damage: Region[]) => any} */
  const pictureOf = (name, sequence, ptsUs, damage) => ({
    rendition: 0, sequence, ptsUs, decodeUs: 0, width: 64, height: 64, damage,
    paint: () => log.push(name),
    close: () => {},
  });
  const piece = (/** @type {number} */ sequence, /** @type {number} */ ptsUs) => {
    const damage = [at(8 * sequence, 0, 8, 8)];
    painter.expectPiece(/** @type {any} */ ({ sequence, ptsUs, damage }));
    painter.showPiece(pictureOf(`piece ${sequence}`, sequence, ptsUs, damage));
  };
  const video = (/** @type {number} */ ptsUs) => painter.show(pictureOf(`video ${ptsUs}`, ptsUs, ptsUs, [at(0, 32, 8, 8)]));
  const still = (/** @type {number} */ ptsUs, /** @type {Region[]} */ damage) => painter.showStill(pictureOf(`still ${ptsUs}`, ptsUs, ptsUs, damage));
  return { painter, surface, log, piece, video, still };
}

/** @param {() => boolean} probe */
async function until(probe) {
  for (let turn = 0; turn < 2000 && !probe(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(probe(), "it never came");
}

test("pieces wait for the next video and are painted with it", async () => {
  const { painter, log, piece, video } = scene();
  video(1);
  await until(() => log.length === 1);
  piece(1, 1);
  piece(2, 1);
  assert.deepEqual(log, ["video 1"], "not on their own");
  video(2);
  await until(() => log.length > 1);
  assert.deepEqual(log, ["video 1", "video 2", "piece 1", "piece 2"], "in one turn");
  painter.close();
});

test("without video, pieces are painted in one go after a while", async () => {
  const { painter, log, piece, video } = scene();
  video(1);
  await until(() => log.length === 1);
  piece(1, 1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  piece(2, 1);
  assert.deepEqual(log, ["video 1"]);
  await until(() => log.length > 1);
  assert.deepEqual(log, ["video 1", "piece 1", "piece 2"]);
  piece(3, 1);
  await until(() => log.length > 3);
  assert.equal(log[3], "piece 3");
  painter.close();
});

test("stills in place of video are a base for pieces, and outdate those below them", async () => {
  const { painter, log, piece, still } = scene();
  still(1, []);
  piece(1, 1);
  await until(() => log.length === 2);
  piece(2, 1);
  piece(3, 1);
  still(2, [at(16, 0, 8, 8)]);
  assert.deepEqual(log, ["still 1", "piece 1", "still 2", "piece 3"]);
  still(1, [at(0, 0, 8, 8)]);
  assert.equal(log.length, 4, "an older still is not painted");
  painter.close();
});

test("pieces that wait are of the past after a restart", async () => {
  const { painter, log, piece, video } = scene();
  video(1);
  await until(() => log.length === 1);
  piece(1, 1);
  painter.restart();
  video(5);
  await until(() => log.length > 1);
  assert.deepEqual(log, ["video 1", "video 5"]);
  painter.close();
});

test("what comes while the surface is busy is painted once, when it is ready: all the damage, of the newest", async () => {
  const { painter, surface, log, video } = scene();
  surface.isReady = false;
  for (const ptsUs of [1, 2, 3]) video(ptsUs);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(log, []);
  surface.isReady = true;
  surface.onReady();
  assert.deepEqual(log, ["video 3"]);
  video(4);
  await until(() => log.length > 1);
  assert.deepEqual(log, ["video 3", "video 4"]);
  painter.close();
});

test("a still paints what changed, on a whole picture", () => {
  const { painter } = scene();
  /** @type {Region[][]} */ const painted = [];
  const still = (/** @type {number} */ ptsUs, /** @type {Region[]} */ damage) =>
    painter.showStill({
      rendition: 2, sequence: ptsUs, ptsUs, decodeUs: 0, width: 64, height: 64, damage,
      paint: (_, regions) => painted.push(regions),
      close: () => {},
    });
  still(1, [at(8, 8, 8, 8)]);
  still(2, [at(8, 8, 8, 8)]);
  assert.deepEqual(painted, [[at(0, 0, 64, 64)], [at(8, 8, 8, 8)]]);
  painter.close();
});
