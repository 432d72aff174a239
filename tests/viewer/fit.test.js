// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Fit } from "../../src/samescreen/viewer/app/fit.js";
import { fire, installPage } from "./fakes/page.js";

/** A stage of 800×600 CSS pixels. @param {"fit"|"actual"} [mode] @param {number} [ratio] */
function scene(mode = "fit", ratio = 1) {
  const page = installPage();
  globalThis.devicePixelRatio = ratio;
  const [stage, canvas] = [page.byId("stage"), page.byId("screen")];
  const fit = new Fit(stage, canvas, mode);
  let changes = 0;
  fit.addEventListener("mode", () => (changes += 1));
  const box = (of = canvas) => ["left", "top", "width", "height"].map((side) => parseFloat(of.style[side]));
  return { page, stage, canvas, fit, box, changes: () => changes };
}

test("a picture fills the stage as far as its shape allows, and stays in the middle", () => {
  const { fit, box } = scene();
  fit.resize({ width: 1600, height: 900 });
  assert.deepEqual(box(), [0, 75, 800, 450]);
  fit.resize({ width: 300, height: 600 });
  assert.deepEqual(box(), [250, 0, 300, 600]);
});

test("1:1 is one screen pixel for one of the picture, whatever the ratio", () => {
  for (const [ratio, width] of [[1, 400], [2, 200]]) {
    const { fit, box } = scene("actual", ratio);
    fit.resize({ width: 400, height: 300 });
    assert.equal(box()[2], width);
  }
});

test("lengths that CSS cannot hold are reached by a transform", () => {
  const { fit, canvas } = scene("actual", 1.5);
  fit.resize({ width: 401, height: 300 });
  assert.equal(canvas.style.width, "401px");
  assert.match(canvas.style.transform, /^translate\(.+\) scale\(0\.66/u);
});

test("a larger picture can be panned to its edges and no further, a smaller one not at all", () => {
  const { fit, stage, box } = scene("actual");
  fit.resize({ width: 1000, height: 600 });
  assert.ok(stage.classList.contains("pannable"));
  fit.pan({ x: -60, y: -60 });
  assert.deepEqual(box().slice(0, 2), [-60, 0]);
  fit.pan({ x: -600, y: 0 });
  assert.equal(box()[0], -200);
  fit.pan({ x: 600, y: 0 });
  assert.equal(box()[0], 0);
  fit.choose("fit");
  assert.ok(!stage.classList.contains("pannable"));
});

test("steps stop at fit and at 1:1; the mode follows the scale, and says so when it changes", () => {
  const { fit, changes } = scene();
  fit.resize({ width: 1600, height: 1200 });
  fit.step(3);
  assert.deepEqual([fit.mode, changes()], ["actual", 1]);
  fit.step(1.25);
  assert.deepEqual([fit.mode, changes()], ["free", 2]);
  fit.step(0.5);
  assert.deepEqual([fit.mode, changes()], ["actual", 3]);
  fit.step(0.1);
  assert.deepEqual([fit.mode, changes()], ["fit", 4]);
  fit.choose("fit");
  assert.equal(changes(), 4);
});

test("a double click shows the place at 1:1, another fits again", () => {
  const { fit, stage, box } = scene();
  fit.resize({ width: 1600, height: 1200 });
  const click = (/** @type {number} */ atMs) => {
    const at = { pointerId: 1, pointerType: "mouse", button: 0, clientX: 200, clientY: 150, timeStamp: atMs };
    fire(stage, "pointerdown", at);
    fire(stage, "pointerup", at);
  };
  click(0);
  click(100);
  assert.equal(fit.mode, "actual");
  assert.deepEqual(box().slice(0, 2), [-200, -150], "what was under the pointer stays there");
  click(1000);
  click(1100);
  assert.equal(fit.mode, "fit");
});

test("a resized window keeps what was in its middle", () => {
  const { fit, page, stage, box } = scene("actual");
  fit.resize({ width: 2000, height: 2000 });
  fit.pan({ x: -600, y: -700 });
  Object.assign(stage, { clientWidth: 600, clientHeight: 400 });
  page.resized();
  assert.deepEqual(box().slice(0, 2), [-700, -800]);
});

test("page zoom changes the ratio, and 1:1 with it", () => {
  const { fit, page, box } = scene("actual");
  fit.resize({ width: 400, height: 300 });
  globalThis.devicePixelRatio = 2;
  fire(page.media, "change");
  assert.equal(box()[2], 200);
});

test("whole multiples are shown without smoothing, and a new canvas takes the old one's place", () => {
  const { fit, page, canvas, box } = scene();
  fit.resize({ width: 400, height: 300 });
  assert.ok(canvas.classList.contains("crisp"));
  const fresh = page.byId("beside-screen");
  fit.replace(fresh);
  assert.deepEqual(box(fresh), [0, 0, 800, 600]);
});

test("before there is a picture nothing moves", () => {
  const { fit, canvas } = scene();
  fit.pan({ x: 1, y: 1 });
  fit.step(2);
  assert.equal(canvas.style.left, undefined);
});
