// @ts-check
// Fingers as a mouse: what each gesture does at the host and on the page, in both modes, and that nothing stays down.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Hands } from "../../src/samescreen/viewer/control/hands.js";
import { AGAIN_MS, HOLD_MS, SLOP_PX, TAP_MS, Touch } from "../../src/samescreen/viewer/control/touch.js";
import { fire, installPage } from "./fakes/page.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
afterEach(() => mock.timers.reset());

/** @param {{isTrackpad?: boolean, canPan?: boolean}} [how] */
function scene({ isTrackpad = false, canPan = false } = {}) {
  /** @type {any[]} */ const did = [];
  const down = new Set();
  const log = (/** @type {string} */ name) => (/** @type {any[]} */ ...given) => void did.push([name, ...given]);
  const touch = new Touch({
    go: ({ x, y }) => void did.push(["go", x, y]),
    push: ({ x, y }) => void did.push(["push", x, y]),
    button: (button, isDown) => {
      assert.notEqual(down.has(button), isDown, "pressed or lifted twice");
      if (isDown) down.add(button);
      else down.delete(button);
      did.push([isDown ? "down" : "up", button]);
    },
    scroll: ({ x, y }) => void did.push(["scroll", x, y]),
    canPan: () => canPan,
    pan: ({ x, y }) => void did.push(["pan", x, y]),
    pinch: (factor) => void did.push(["pinch", Math.round(factor * 100) / 100]),
    settle: log("settle"),
    onHold: log("hold"),
  });
  touch.isTrackpad = isTrackpad;
  const tap = (x = 100, y = 100, ms = 0) => {
    touch.press(1, { x, y }, ms);
    touch.lift(1, ms + 50);
  };
  return { touch, tap, down, take: () => did.splice(0) };
}

const CLICK = [["down", 0], ["up", 0]];

test("a tap is a click where it was, two are a double click in one place", () => {
  const { tap, take } = scene();
  tap();
  assert.deepEqual(take(), [["go", 100, 100], ...CLICK]);
  tap(115, 90, 200);
  assert.deepEqual(take(), CLICK, "fingers do not hit the same pixel twice");
  tap(115, 90, 400);
  assert.deepEqual(take(), CLICK, "and a third time");
  tap(115, 90, 450 + AGAIN_MS);
  assert.deepEqual(take(), [["go", 115, 90], ...CLICK], "later it is another one");
});

test("rest and lift is a right click, rest and move a drag", () => {
  const { touch, take } = scene();
  touch.press(1, { x: 10, y: 20 }, 0);
  assert.equal(touch.dueMs, HOLD_MS);
  touch.hold(HOLD_MS - 1);
  assert.deepEqual(take(), []);
  touch.move(1, { x: 10 + SLOP_PX - 1, y: 20 });
  touch.hold(HOLD_MS);
  assert.deepEqual(take(), [["go", 10, 20], ["hold"]], "a finger that rests trembles");
  touch.lift(1, HOLD_MS + 100);
  assert.deepEqual(take(), [["go", 10, 20], ["down", 2], ["up", 2]]);
  touch.press(1, { x: 10, y: 20 }, 2000);
  touch.hold(2000 + HOLD_MS);
  touch.move(1, { x: 40, y: 20 });
  touch.move(1, { x: 50, y: 20 });
  touch.lift(1, 4000);
  assert.deepEqual(take(), [["go", 10, 20], ["hold"], ["down", 0], ["go", 40, 20], ["go", 50, 20], ["up", 0]]);
});

test("tap, then press and move is a drag that begins with a double click, as of a mouse", () => {
  const { touch, tap, take } = scene();
  tap();
  touch.press(1, { x: 104, y: 100 }, 150);
  touch.move(1, { x: 140, y: 100 });
  touch.lift(1, 900);
  assert.deepEqual(take(), [["go", 100, 100], ...CLICK, ["down", 0], ["go", 140, 100], ["up", 0]]);
});

test("one finger pans a picture that is larger than its room, and otherwise leads the pointer", () => {
  for (const [canPan, did] of /** @type {[boolean, any][]} */ ([[true, [["pan", 20, 0]]], [false, [["go", 30, 10]]]])) {
    const { touch, take } = scene({ canPan });
    touch.press(1, { x: 10, y: 10 }, 0);
    touch.move(1, { x: 30, y: 10 });
    touch.lift(1, 100);
    assert.deepEqual(take(), did);
  }
});

test("on a trackpad a finger pushes the pointer, wherever it is, and taps where the pointer is", () => {
  const { touch, tap, take } = scene({ isTrackpad: true, canPan: true });
  touch.press(1, { x: 10, y: 10 }, 0);
  touch.move(1, { x: 30, y: 15 });
  touch.move(1, { x: 31, y: 15 });
  touch.lift(1, 100);
  assert.deepEqual(take(), [["push", 20, 5], ["push", 1, 0]]);
  tap(300, 300, 500);
  tap(20, 20, 600);
  assert.deepEqual(take(), [...CLICK, ...CLICK], "double clicks need not be near");
  touch.press(1, { x: 50, y: 50 }, 2000);
  touch.hold(2000 + HOLD_MS);
  touch.move(1, { x: 60, y: 50 });
  touch.lift(1, 4000);
  assert.deepEqual(take(), [["hold"], ["down", 0], ["push", 10, 0], ["up", 0]]);
});

test("two fingers: a right click, a scroll, or the page's zoom; three: a middle click", () => {
  const { touch, take } = scene();
  const two = (/** @type {number} */ ms) => {
    touch.press(1, { x: 100, y: 100 }, ms);
    touch.press(2, { x: 200, y: 100 }, ms + 20);
  };
  two(0);
  touch.lift(1, 90);
  touch.lift(2, 100);
  assert.deepEqual(take(), [["go", 100, 100], ["down", 2], ["up", 2]]);
  two(1000);
  for (const y of [95, 90, 80]) for (const finger of [1, 2]) touch.move(finger, { x: 100 * finger, y });
  touch.lift(1, 1500);
  touch.move(2, { x: 0, y: 0 });
  touch.lift(2, 1600);
  const scrolled = take();
  assert.ok(scrolled.every(([name]) => name === "scroll"), "and one finger left over does nothing");
  assert.equal(scrolled.reduce((sum, [, , y]) => sum + y, 0), -20, "all of the way");
  two(3000);
  touch.move(1, { x: 90, y: 100 });
  touch.move(2, { x: 210, y: 100 });
  touch.lift(2, 3500);
  touch.lift(1, 3600);
  assert.deepEqual(take(), [["pinch", 1.2], ["settle"]]);
  two(5000);
  touch.press(3, { x: 150, y: 150 }, 5030);
  for (const finger of [2, 3, 1]) touch.lift(finger, 5100);
  assert.deepEqual(take(), [["go", 100, 100], ["down", 1], ["up", 1]]);
  two(7000);
  touch.lift(1, 7000 + TAP_MS);
  touch.lift(2, 7001 + TAP_MS);
  assert.deepEqual(take(), [], "too long for a tap");
});

test("whatever fingers do, at the end no button is down", () => {
  let seed = 7;
  const random = (/** @type {number} */ n) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % n;
  for (let round = 0; round < 300; round += 1) {
    const { touch, down } = scene({ isTrackpad: round % 2 === 1, canPan: round % 3 === 0 });
    let ms = 0;
    for (let step = 0; step < 40; step += 1) {
      ms += random(400);
      const [finger, at] = [random(3), { x: random(300), y: random(300) }];
      [() => touch.press(finger, at, ms), () => touch.move(finger, at), () => touch.lift(finger, ms), () => touch.cancel(finger), () => touch.hold(ms)][random(5)]();
    }
    for (const finger of [0, 1, 2]) touch.lift(finger, (ms += 1000));
    assert.equal(down.size, 0);
    assert.equal(touch.dueMs, null);
  }
});

// --- with hands

class FakeSeat {
  /** @type {FakeSeat} */ static newest;
  /** @type {any[]} */ sent = [];
  /** @param {string} _url @param {string|null} _pass @param {any} events */
  constructor(_url, _pass, events) {
    this.events = events;
    FakeSeat.newest = this;
  }
  /** @param {any[]} events */
  send(events) {
    this.sent.push(...events);
  }
  /** @param {any} event */
  move(event) {
    this.sent.push(event);
  }
  close() {}
}

/** A picture of 1600×1200 shown at half its size. */
function phone() {
  const page = installPage();
  const [stage, canvas] = [page.byId("stage"), page.byId("screen")];
  stage.contains = (/** @type {unknown} */ node) => node === stage || node === canvas;
  Object.assign(globalThis, { Node: stage.constructor });
  const view = { canPan: () => false, pan: mock.fn(), pinch: mock.fn(), settle: mock.fn(), reveal: mock.fn() };
  const surfaces = /** @type {any} */ ({ stage, canvas: () => canvas, onControl() {}, onEnd() {}, pass: null, view, cursorAt: () => ({ x: 700, y: 500 }) });
  const hands = new Hands(surfaces, { width: 1600, height: 1200 }, /** @type {any} */ (FakeSeat));
  const seat = FakeSeat.newest;
  seat.events.onControl({ type: "control", state: "mine", by: "Ann", cause: "" });
  seat.sent = [];
  let ms = 0;
  const finger = (/** @type {string} */ name, more = {}) =>
    fire(page.window, name, { target: canvas, pointerType: "touch", pointerId: 1, button: 0, buttons: 0, clientX: 100, clientY: 50, timeStamp: (ms += 30), ...more });
  return { page, hands, seat, view, stage, finger, take: () => seat.sent.splice(0) };
}

test("fingers act on the picture's pixels, and the page gets nothing of it", () => {
  const { finger, take, seat } = phone();
  assert.ok(finger("pointerdown").defaultPrevented && finger("pointerup").defaultPrevented);
  const at = { x: 200, y: 100 };
  assert.deepEqual(take(), [{ kind: "move", ...at }, { kind: "button", number: 0, is_down: true, ...at }, { kind: "button", number: 0, is_down: false, ...at }]);
  finger("pointerdown");
  finger("pointerup");
  take();
  finger("pointerdown", { timeStamp: 5000 });
  mock.timers.tick(HOLD_MS);
  finger("pointerup", { timeStamp: 5600 });
  assert.deepEqual(take().filter(({ kind }) => kind === "button").map(({ number }) => number), [2, 2]);
  assert.equal(seat.events.held().buttons, 0);
});

test("what fingers scroll follows them, and a circle of theirs closes", () => {
  const { finger, take } = phone();
  finger("pointerdown");
  finger("pointerdown", { pointerId: 2, clientX: 200 });
  take();
  let y = 50;
  for (const by of [-33, -0.4, -0.4, -0.4, 10.2, 24]) {
    y += by;
    for (const pointerId of [1, 2]) finger("pointermove", { pointerId, clientX: 100 * pointerId, clientY: y });
  }
  const turned = take();
  assert.ok(turned.every(({ kind, x, y: at }) => kind === "wheel" && x === 200 && at === 100));
  assert.equal(turned.reduce((sum, { dy }) => sum + dy, 0), 0);
  assert.ok(turned[0].dy > 0, "fingers that move up show what is below");
});

test("a pinch zooms the page's picture and reaches no program", () => {
  const { finger, take, view } = phone();
  finger("pointerdown");
  finger("pointerdown", { pointerId: 2, clientX: 200 });
  finger("pointermove", { pointerId: 2, clientX: 300 });
  finger("pointerup", { pointerId: 2, clientX: 300 });
  assert.deepEqual([view.pinch.mock.callCount(), view.settle.mock.callCount(), take()], [1, 1, []]);
});

test("on the trackpad the pointer begins at the host's, keeps parts of pixels, and stays in view and inside", () => {
  const { hands, finger, take, view } = phone();
  hands.isTrackpad = true;
  finger("pointerdown");
  for (let step = 1; step <= 40; step += 1) finger("pointermove", { clientX: 100 + 10.25 * step });
  assert.deepEqual(take().at(-1), { kind: "move", x: 1520, y: 500 });
  finger("pointermove", { clientX: 5000 });
  finger("pointerup");
  assert.deepEqual(take().at(-1), { kind: "move", x: 1599, y: 500 });
  const [share] = /** @type {any} */ (view.reveal.mock.calls.at(-1)?.arguments);
  assert.ok(share.x > 0.99 && share.x <= 1);
});

test("a drag that the system or the page ends lifts the button", () => {
  for (const end of /** @type {((scene: any) => void)[]} */ ([(scene) => scene.finger("pointercancel"), (scene) => fire(scene.page.window, "blur")])) {
    const all = phone();
    const { finger, seat, take } = all;
    finger("pointerdown");
    mock.timers.tick(HOLD_MS);
    finger("pointermove", { clientX: 200 });
    assert.equal(seat.events.held().buttons, 1);
    fire(all.stage, "lostpointercapture", { pointerType: "touch" });
    assert.equal(seat.events.held().buttons, 1, "another finger's capture is not this one's");
    end(all);
    assert.equal(seat.events.held().buttons, 0);
    assert.ok(["button", "release"].includes(take().at(-1).kind));
  }
});
