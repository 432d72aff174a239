// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, canPan, fillScale, fitScale, followed, held, panned, stopBetween, stopNear, zoomed } from "../../src/samescreen/viewer/app/zoom.js";

/** @typedef {import("../../src/samescreen/viewer/app/zoom.js").Scene} Scene */
/** @typedef {import("../../src/samescreen/viewer/app/zoom.js").View} View */

/** @type {Scene} a phone, three screen pixels a CSS pixel, and a screen of 1080p */
const PHONE = { picture: { width: 1920, height: 1080 }, room: { width: 1170, height: 2532 }, ratio: 3 };
/** @type {Scene} */
const DESKTOP = { picture: { width: 640, height: 360 }, room: { width: 1280, height: 800 }, ratio: 1 };

/** @param {Scene} scene */
const fitted = (scene) => held(scene, { scale: fitScale(scene), x: 0, y: 0 });

/**
 * Numbers from a seed: the same in every run.
 * @param {number} seed
 */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

/**
 * A walk of zooms and pans, calling `see` at each step.
 * @param {(scene: Scene, before: View, after: View, around: {x: number, y: number}|null) => void} see
 */
function walk(see) {
  const source = numbers(7);
  const next = () => /** @type {number} */ (source.next().value);
  for (const scene of [PHONE, DESKTOP]) {
    let view = fitted(scene);
    for (let step = 0; step < 2_000; step += 1) {
      const around = { x: next() * scene.room.width, y: next() * scene.room.height };
      const isZoom = next() < 0.5;
      const after = isZoom
        ? zoomed(scene, view, view.scale * Math.exp(next() * 2 - 1), around)
        : panned(scene, view, { x: (next() - 0.5) * 3_000, y: (next() - 0.5) * 3_000 });
      see(scene, view, after, isZoom ? around : null);
      view = after;
    }
  }
}

test("fit is the whole picture, in the middle", () => {
  assert.equal(fitScale(PHONE), 1170 / 1920);
  assert.deepEqual(boxOf(PHONE, fitted(PHONE)), { left: 0, top: 936, width: 1170, height: 658 });
  assert.deepEqual(boxOf(DESKTOP, fitted(DESKTOP)), { left: 0, top: 40, width: 1280, height: 720 });
  assert.equal(canPan(PHONE, fitted(PHONE)), false);
});

test("wherever one goes, the picture fills the room or lies in its middle, at a scale within bounds", () => {
  walk((scene, _before, view) => {
    const { room, picture, ratio } = scene;
    const fit = fitScale(scene);
    assert.ok(view.scale >= Math.min(fit, 1) && view.scale <= 8 * Math.max(fit, ratio));
    for (const [at, length, space] of [
      [view.x, picture.width * view.scale, room.width],
      [view.y, picture.height * view.scale, room.height],
    ]) {
      if (length <= space) assert.ok(Math.abs(at - (space - length) / 2) < 1e-6);
      else assert.ok(at <= 0 && at + length >= space - 1e-6, `${at} + ${length} in ${space}`);
    }
  });
});

test("what is under the fingers stays there while no edge comes in", () => {
  let free = 0;
  walk((scene, before, after, around) => {
    if (!around) return;
    const { x, y } = around;
    const grows = after.scale / before.scale;
    const wished = { scale: after.scale, x: x - (x - before.x) * grows, y: y - (y - before.y) * grows };
    const isHeld = held(scene, wished);
    if (isHeld.x !== wished.x || isHeld.y !== wished.y) return;
    free += 1;
    assert.ok(Math.abs((x - before.x) / before.scale - (x - after.x) / after.scale) < 1e-6);
    assert.ok(Math.abs((y - before.y) / before.scale - (y - after.y) / after.scale) < 1e-6);
  });
  assert.ok(free > 100, `only ${free} of the walk's zooms met no edge`);
});

test("boxes are whole screen pixels, and at 1:1 as large as the picture", () => {
  walk((scene, _before, view) => {
    assert.ok(Object.values(boxOf(scene, view)).every(Number.isInteger));
    const { width, height } = boxOf(scene, zoomed(scene, view, 1, { x: 10, y: 10 }));
    assert.deepEqual({ width, height }, scene.picture);
  });
});

test("a step that passes fit or 1:1 stops there; one that starts there goes on", () => {
  const fit = fitScale(PHONE);
  assert.equal(stopBetween(PHONE, 0.9, 1.1), 1);
  assert.equal(stopBetween(PHONE, 1, 1.2), 1.2);
  assert.equal(stopBetween(PHONE, 1.1, 0.5), 1);
  assert.equal(stopBetween(PHONE, 0.7, 0.5), fit);
  assert.equal(stopBetween(PHONE, 2, 3), 3);
});

test("fingers that leave close to fit or 1:1 meant it", () => {
  assert.equal(stopNear(PHONE, 1.03), 1);
  assert.equal(stopNear(PHONE, fitScale(PHONE) * 0.97), fitScale(PHONE));
  assert.equal(stopNear(PHONE, 1.2), 1.2);
});

test("fill leaves no gap, and the shorter side fits", () => {
  const { width, height } = boxOf(PHONE, zoomed(PHONE, fitted(PHONE), fillScale(PHONE), { x: 0, y: 0 }));
  assert.ok(width >= PHONE.room.width && height === PHONE.room.height);
});

test("following moves the picture only when the place is near an edge, and then into the middle where the edges allow", () => {
  const view = zoomed(DESKTOP, fitted(DESKTOP), 8, { x: 0, y: 0 });
  const middle = { x: (640 - view.x) / 8, y: (400 - view.y) / 8 };
  assert.deepEqual(followed(DESKTOP, view, middle), view);
  const moved = followed(DESKTOP, view, { x: 320, y: 180 });
  assert.deepEqual([moved.x + 320 * 8, moved.y + 180 * 8], [640, 400]);
  const corner = followed(DESKTOP, view, { x: 640, y: 360 });
  assert.deepEqual([corner.x, corner.y], [1280 - 640 * 8, 800 - 360 * 8]);
});
