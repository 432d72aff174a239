// @ts-check
// Mouse and keyboard on a page with a fake socket: what is taken from the page, what is left to it, and what is let go.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Hands } from "../../src/samescreen/viewer/control/hands.js";
import { PLACES } from "../../src/samescreen/viewer/control/places.js";
import { HERE } from "../../src/samescreen/viewer/control/wire.js";
import { fire, installPage } from "./fakes/page.js";

class FakeSeat {
  /** @type {FakeSeat} */ static newest;
  /** @type {any[]} */ sent = [];
  isClosed = false;
  /** @param {string} url @param {string|null} pass @param {any} events */
  constructor(url, pass, events) {
    Object.assign(this, { url, pass });
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
  close() {
    this.isClosed = true;
  }
  /** What was sent since the last call, by kind. */
  take() {
    return this.sent.splice(0);
  }
}

const MINE = { type: "control", state: "mine", by: "Ann", cause: "" };
const HELD = { ...MINE, state: "held" };

/** A page with hands that have control, on a picture of 1600×1200 shown at half its size. */
function scene({ href = "https://host/a/?lang=zh#x", isMine = true } = {}) {
  const page = installPage({ href });
  const [stage, canvas] = [page.byId("stage"), page.byId("screen")];
  stage.contains = (/** @type {unknown} */ node) => node === stage || node === canvas;
  Object.assign(globalThis, { Node: stage.constructor });
  const onControl = mock.fn();
  const onEnd = mock.fn();
  const surfaces = /** @type {any} */ ({ stage, canvas: () => canvas, onControl, onEnd, pass: "p" });
  const hands = new Hands(surfaces, { width: 1600, height: 1200 }, /** @type {any} */ (FakeSeat));
  const seat = FakeSeat.newest;
  const [field] = page.document.body.children;
  if (isMine) seat.events.onControl(MINE);
  seat.take();
  /** @param {string} name @param {object} [more] */
  const mouse = (name, more = {}) =>
    fire(page.window, name, { target: canvas, clientX: 100, clientY: 50, button: 0, buttons: 0, pointerId: 1, ...more });
  /** @param {string} name @param {string} code @param {string} key @param {object} [more] */
  const keyboard = (name, code, key, more = {}) =>
    fire(page.window, name, {
      target: field, code, key, location: 0, repeat: false, isComposing: false, keyCode: 0,
      shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, getModifierState: () => false, ...more,
    });
  return { page, hands, seat, stage, canvas, field, mouse, keyboard, onControl, onEnd };
}

const kinds = (/** @type {any[]} */ events) => events.map(({ kind }) => kind);

test("the socket is beside the page, encrypted like it, and shows the pass", () => {
  const { seat } = scene();
  assert.deepEqual([/** @type {any} */ (seat).url, /** @type {any} */ (seat).pass], ["wss://host/a/ws/control", "p"]);
});

test("nothing is taken from the page before this viewer has control, and nothing after it", () => {
  const { seat, mouse, keyboard } = scene({ isMine: false });
  const all = () => [mouse("pointerdown"), mouse("pointermove"), mouse("wheel", { deltaX: 0, deltaY: 100, deltaMode: 0 }), mouse("contextmenu"), keyboard("keydown", "KeyA", "a")];
  assert.ok(all().every((event) => !event.defaultPrevented));
  assert.deepEqual(seat.take(), []);
  seat.events.onControl(MINE);
  keyboard("keydown", "KeyA", "a");
  seat.events.onControl(HELD);
  assert.deepEqual(kinds(seat.take()), ["key", "release"]);
  assert.ok(all().every((event) => !event.defaultPrevented));
  assert.deepEqual(seat.take(), []);
});

test("clicks, moves and the wheel are pixels of the picture; the page gets none of them", () => {
  const { seat, stage, mouse } = scene();
  const down = mouse("pointerdown");
  mouse("pointermove", { clientX: 101, button: -1, buttons: 1 });
  mouse("pointerup");
  const wheel = mouse("wheel", { deltaX: 0, deltaY: 100, deltaMode: 0 });
  const menu = mouse("contextmenu");
  assert.ok(down.defaultPrevented && wheel.defaultPrevented && menu.defaultPrevented);
  assert.ok(stage.captured.has(1));
  assert.deepEqual(seat.take(), [
    { kind: "button", number: 0, is_down: true, x: 200, y: 100 },
    { kind: "move", x: 202, y: 100 },
    { kind: "button", number: 0, is_down: false, x: 200, y: 100 },
    { kind: "wheel", dx: 0, dy: 120, x: 200, y: 100 },
  ]);
});

test("a second button comes as a move, and a stroke keeps all of its points", () => {
  const { seat, mouse } = scene();
  mouse("pointerdown");
  mouse("pointermove", { button: 2, buttons: 3, getCoalescedEvents: () => [] }); // in `buttons`, 2 is the right one
  const points = [10, 20, 30].map((clientX) => ({ clientX, clientY: 0 }));
  mouse("pointermove", { button: -1, buttons: 3, getCoalescedEvents: () => points });
  const sent = seat.take();
  assert.deepEqual(sent.filter(({ kind }) => kind === "button").map(({ number, is_down }) => [number, is_down]), [[0, true], [2, true]]);
  assert.deepEqual(sent.slice(-3).map(({ x }) => x), [20, 40, 60]);
  assert.deepEqual(seat.events.held(), { buttons: 5, codes: [] });
});

test("what is beside the stage, and what is typed into the page's own fields, stays with the page", () => {
  const { page, seat, mouse, keyboard } = scene();
  const events = [mouse("pointerdown", { target: page.byId("tool-more") }), keyboard("keydown", "KeyA", "a", { target: page.byId("line") })];
  assert.ok(events.every((event) => !event.defaultPrevented));
  assert.deepEqual(seat.take(), []);
});

test("keys go to the host, once while they are down", () => {
  const { seat, keyboard } = scene();
  assert.ok(keyboard("keydown", "KeyQ", "q").defaultPrevented);
  keyboard("keydown", "KeyQ", "q", { repeat: true });
  assert.deepEqual(seat.events.held().codes, [PLACES.KeyQ]);
  keyboard("keyup", "KeyQ", "q");
  assert.deepEqual(seat.take().map(({ kind, is_down, code }) => [kind, is_down, code]), [["key", true, PLACES.KeyQ], ["key", false, PLACES.KeyQ]]);
});

test("a key that is lifted after the focus has left the picture is up at the host too", () => {
  const { page, seat, keyboard } = scene();
  keyboard("keydown", "ShiftLeft", "Shift");
  const lifted = keyboard("keyup", "ShiftLeft", "Shift", { target: page.byId("tool-more") });
  assert.deepEqual([seat.take().map(({ is_down }) => is_down), seat.events.held().codes], [[true, false], []]);
  assert.ok(!lifted.defaultPrevented, "the page's own button keeps its keys");
});

test("a text of an input method is sent when it is whole", () => {
  const { seat, field, keyboard } = scene();
  assert.ok(!keyboard("keydown", "KeyN", "Process").defaultPrevented, "the field gets it");
  field.value = "ni";
  fire(field, "input", { isComposing: true });
  assert.deepEqual(seat.take(), []);
  field.value = "你";
  fire(field, "compositionend");
  assert.deepEqual(seat.take(), [{ kind: "text", text: "你" }]);
  fire(field, "input", { isComposing: false });
  assert.deepEqual([seat.take(), field.value], [[], ""]);
});

test("whatever takes the page away lets everything go", () => {
  for (const leave of /** @type {((page: ReturnType<typeof installPage>) => void)[]} */ ([
    (page) => fire(page.window, "blur"),
    (page) => fire(page.window, "pagehide"),
    (page) => {
      page.document.hidden = true;
      fire(page.document, "visibilitychange");
    },
  ])) {
    const { page, seat, mouse, keyboard } = scene();
    keyboard("keydown", "ShiftLeft", "Shift");
    mouse("pointerdown");
    seat.take();
    leave(page);
    assert.deepEqual(kinds(seat.take()), ["release"]);
    assert.deepEqual(seat.events.held(), { buttons: 0, codes: [] });
  }
});

test("a capture that the browser ends lets the buttons go and keeps the keys", () => {
  const { seat, stage, mouse, keyboard } = scene();
  fire(stage, "lostpointercapture");
  assert.deepEqual(seat.take(), [], "nothing was down");
  keyboard("keydown", "KeyQ", "q");
  mouse("pointerdown");
  seat.take();
  fire(stage, "lostpointercapture");
  assert.deepEqual(seat.take(), [{ kind: "held", buttons: 0, codes: [PLACES.KeyQ] }]);
});

test("a pen acts where it is, with its pressure, and its eraser is its tip", () => {
  const { seat, mouse, stage } = scene();
  const pen = (/** @type {string} */ name, more = {}) => mouse(name, { pointerType: "pen", pressure: 0.5, tiltX: 10.4, tiltY: -100, ...more });
  pen("pointermove", { pressure: 0, button: -1 });
  pen("pointerdown");
  pen("pointerup", { pressure: 0 });
  const at = { x: 200, y: 100 };
  const tilt = { tilt_x: 10, tilt_y: -90 };
  assert.deepEqual(seat.take(), [
    { kind: "pen", ...at, pressure: 0, ...tilt },
    { kind: "pen", ...at, pressure: 32768, ...tilt },
    { kind: "button", number: 0, is_down: true, ...at },
    { kind: "pen", ...at, pressure: 0, ...tilt },
    { kind: "button", number: 0, is_down: false, ...at },
  ]);
  pen("pointerdown", { button: 5 });
  assert.equal(seat.events.held().buttons, 1);
  fire(stage, "lostpointercapture", { pointerType: "pen" });
  assert.equal(seat.events.held().buttons, 0, "the system took it away");
});

test("a mouse that is locked in moves by parts of a pixel that are never lost, and clicks where the pointer is", () => {
  const { page, seat, stage, mouse } = scene();
  const onLock = page.document;
  page.document.pointerLockElement = stage;
  fire(onLock, "pointerlockchange");
  seat.take();
  // The picture is shown at half its size: 0.3 pixels of the page are 0.6 of the picture.
  const steps = 100;
  for (let step = 0; step < steps; step += 1) {
    const [from, to] = [step, step + 1].map((n) => ({ x: 31.3 * Math.cos((2 * Math.PI * n) / steps), y: 31.3 * Math.sin((2 * Math.PI * n) / steps) }));
    mouse("pointermove", { button: -1, movementX: to.x - from.x, movementY: to.y - from.y });
  }
  const moved = seat.take();
  assert.ok(moved.length > 50 && moved.every(({ kind }) => kind === "shift"));
  const sum = moved.reduce(([x, y], { dx, dy }) => [x + dx, y + dy], [0, 0]);
  assert.deepEqual(sum, [0, 0], "the circle closes");
  const far = moved.reduce((most, { dx, dy }) => most + Math.hypot(dx, dy), 0);
  assert.ok(Math.abs(far - 2 * 2 * Math.PI * 31.3) < 60, "and it was one of that size");
  mouse("pointerdown");
  mouse("wheel", { deltaX: 0, deltaY: 100, deltaMode: 0 });
  mouse("pointerup");
  assert.deepEqual(seat.take().map(({ kind, x, y }) => [kind, x, y]), [["button", HERE, HERE], ["wheel", HERE, HERE], ["button", HERE, HERE]]);
  page.document.exitPointerLock();
  mouse("pointermove", { button: -1 });
  assert.deepEqual(seat.take().at(-1), { kind: "move", x: 200, y: 100 });
});

test("a mouse is locked in where the browser can, and without its acceleration where it can do that", async () => {
  const { hands, stage } = scene();
  assert.equal(await hands.lockMouse(), false, "no such thing on phones");
  /** @type {any[]} */ const asked = [];
  const refuse = (/** @type {string} */ name) => Object.assign(new Error(name), { name });
  /** @type {any} */ (stage).requestPointerLock = async (/** @type {any} */ options) => {
    asked.push(options);
    if (options) throw refuse("NotSupportedError");
  };
  assert.equal(await hands.lockMouse(), true);
  assert.deepEqual(asked, [{ unadjustedMovement: true }, undefined]);
  /** @type {any} */ (stage).requestPointerLock = async () => {
    throw refuse("SecurityError");
  };
  assert.equal(await hands.lockMouse(), false, "a frame forbids it");
});

test("whoever loses control gets their mouse back", () => {
  const { page, seat, stage } = scene();
  page.document.pointerLockElement = stage;
  fire(page.document, "pointerlockchange");
  seat.events.onControl(HELD);
  assert.equal(page.document.pointerLockElement, null);
});

test("a picture that is turned is clicked where it shows what is clicked", () => {
  const { hands, seat, mouse } = scene();
  hands.quarters = 1; // clockwise: its left bottom corner is at the left top now
  mouse("pointerdown", { clientX: 0, clientY: 0 });
  assert.deepEqual(seat.take(), [{ kind: "button", number: 0, is_down: true, x: 0, y: 1199 }]);
});

test("Ctrl, Alt and Shift, pressed and lifted, give control back; with one more key or a click they are the host's", () => {
  const { keyboard, mouse, onEnd } = scene();
  const all = { ctrlKey: true, altKey: true, shiftKey: true };
  const press = (more = {}) => {
    keyboard("keydown", "ControlLeft", "Control", { ctrlKey: true });
    keyboard("keydown", "AltLeft", "Alt", { ctrlKey: true, altKey: true });
    keyboard("keydown", "ShiftLeft", "Shift", { ...all, ...more });
  };
  const lift = () => keyboard("keyup", "ShiftLeft", "Shift", { ctrlKey: true, altKey: true });
  press();
  keyboard("keydown", "KeyS", "S", all);
  lift();
  press();
  mouse("pointerdown");
  lift();
  press({ getModifierState: () => true }); // AltGr is Ctrl and Alt on Windows
  lift();
  assert.equal(onEnd.mock.callCount(), 0);
  press();
  assert.equal(onEnd.mock.callCount(), 0);
  lift();
  assert.equal(onEnd.mock.callCount(), 1);
});

test("closed, they let go and listen no more", () => {
  const { hands, seat, mouse, keyboard } = scene();
  keyboard("keydown", "KeyQ", "q");
  seat.take();
  hands.close();
  assert.deepEqual(kinds(seat.take()), ["release"]);
  assert.ok(seat.isClosed);
  mouse("pointerdown");
  keyboard("keydown", "KeyA", "a");
  assert.deepEqual(seat.take(), []);
});

test("a cut connection is not control, and only a final end is an end", () => {
  const { seat, keyboard, onControl, onEnd } = scene();
  seat.events.onClosed(false);
  assert.deepEqual([onControl.mock.calls.at(-1)?.arguments, onEnd.mock.callCount()], [[null], 0]);
  keyboard("keydown", "KeyA", "a");
  assert.deepEqual(seat.take(), []);
  seat.events.onClosed(true);
  assert.equal(onEnd.mock.callCount(), 1);
});
