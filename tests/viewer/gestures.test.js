// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Gestures, gripOf } from "../../src/samescreen/viewer/app/gestures.js";
import { fire, installPage } from "./fakes/page.js";

function scene() {
  const { byId } = installPage();
  const stage = byId("stage");
  /** @type {any[]} */ const moves = [];
  const log = (/** @type {string} */ name) => (/** @type {any[]} */ ...given) => void moves.push([name, ...given]);
  new Gestures(stage, { pan: log("pan"), pinch: log("pinch"), settle: log("settle"), step: log("step"), toggle: log("toggle") });
  /** @param {string} type @param {number} x @param {number} y @param {object} [more] */
  const pointer = (type, x, y, more = {}) =>
    fire(stage, `pointer${type}`, { pointerId: 1, pointerType: "touch", button: 0, clientX: x, clientY: y, timeStamp: 0, ...more });
  /** @param {number} id @param {number} [atMs] */
  const lift = (id, atMs = 0) => {
    pointer("up", 0, 0, { pointerId: id, timeStamp: atMs });
    fire(stage, "lostpointercapture", { pointerId: id });
  };
  /** @param {number} x @param {number} atMs @param {number} [heldMs] */
  const tap = (x, atMs, heldMs = 50) => {
    pointer("down", x, 100, { timeStamp: atMs });
    lift(1, atMs + heldMs);
  };
  return { stage, moves, pointer, lift, tap };
}

test("one finger pans by as much as it moves, once it has left its place", () => {
  const { stage, moves, pointer, lift } = scene();
  pointer("down", 100, 100);
  pointer("move", 105, 105);
  assert.deepEqual(moves, [], "a finger that rests trembles");
  pointer("move", 110, 100);
  pointer("move", 120, 90);
  assert.deepEqual(moves, [["pan", { x: 10, y: 0 }], ["pan", { x: 10, y: -10 }]]);
  assert.ok(stage.classList.contains("panning") && stage.captured.has(1));
  lift(1);
  assert.ok(!stage.classList.contains("panning"));
  pointer("move", 200, 200);
  assert.equal(moves.length, 2, "a pointer that is not down moves nothing");
});

test("two fingers zoom around the point between them, and settle once both are gone", () => {
  const { moves, pointer, lift } = scene();
  pointer("down", 100, 100, { pointerId: 1 });
  pointer("down", 200, 100, { pointerId: 2 });
  pointer("move", 300, 100, { pointerId: 2 });
  assert.deepEqual(moves, [["pinch", 2, { x: 150, y: 100 }, { x: 200, y: 100 }]]);
  lift(2);
  assert.equal(moves.length, 1);
  lift(1);
  assert.deepEqual(moves[1], ["settle"]);
  assert.equal(moves.length, 2, "once, and no tap");
});

test("two quick taps at one place toggle; slow, far or long ones do not", () => {
  for (const [second, expected] of /** @type {[[number, number, number?], number][]} */ ([
    [[105, 200], 1],
    [[105, 500], 0],
    [[150, 200], 0],
    [[105, 200, 301], 0],
  ])) {
    const { moves, tap } = scene();
    tap(100, 0);
    tap(...second);
    assert.equal(moves.filter(([name]) => name === "toggle").length, expected, String(second));
  }
  const { moves, tap } = scene();
  for (const atMs of [0, 150, 300]) tap(100, atMs);
  assert.equal(moves.length, 1, "the third begins anew");
});

test("only the main mouse button drags", () => {
  const { moves, pointer } = scene();
  pointer("down", 0, 0, { pointerType: "mouse", button: 2 });
  pointer("move", 50, 0, { pointerType: "mouse" });
  assert.deepEqual(moves, []);
});

test("the wheel pans, with Ctrl or ⌘ it zooms around the pointer, and the page itself never scrolls", () => {
  const { stage, moves } = scene();
  const wheel = { deltaX: 3, deltaY: -120, deltaMode: 0, clientX: 40, clientY: 50, ctrlKey: false, metaKey: false };
  assert.ok(fire(stage, "wheel", wheel).defaultPrevented);
  fire(stage, "wheel", { ...wheel, deltaMode: 1, deltaY: -3 });
  fire(stage, "wheel", { ...wheel, ctrlKey: true });
  fire(stage, "wheel", { ...wheel, metaKey: true, deltaY: 120 });
  assert.deepEqual(moves.slice(0, 2), [["pan", { x: -3, y: 120 }], ["pan", { x: -48, y: 48 }]]);
  const [[, larger, around], [, smaller]] = moves.slice(2);
  assert.ok(larger > 1.2 && larger < 1.3 && Math.abs(larger * smaller - 1) < 1e-9);
  assert.deepEqual(around, { x: 40, y: 50 });
  assert.ok(fire(stage, "gesturestart").defaultPrevented);
});

test("the grip of several fingers is their middle, and how far they are from it on average", () => {
  const down = new Map([[1, { x: 0, y: 0 }], [2, { x: 6, y: 8 }]]);
  assert.deepEqual(gripOf(down), { middle: { x: 3, y: 4 }, spread: 5 });
});
