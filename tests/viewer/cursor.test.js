// @ts-check
// The host's cursor: when the page begins and ends to draw it, and where.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { CursorLayer, HandCursor } from "../../src/samescreen/viewer/app/cursor.js";
import { Cursor, PATIENCE_US } from "../../src/samescreen/viewer/cursor.js";
import { installPage } from "./fakes/page.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").CursorPlace} CursorPlace */

const NONE = { shape: 0, x: 0, y: 0 };
const SHAPE = /** @type {const} */ ({ type: "shape", track: 0, number: 1, width: 16, height: 24, hot_x: 4, hot_y: 2, png: "QUJD" });

function scene() {
  /** @type {object[]} */ const drawn = [];
  const cursor = new Cursor((each) => drawn.push(each));
  const place = (/** @type {Partial<CursorPlace>} */ more, nowUs = 0) =>
    cursor.place({ type: "cursor", track: 0, apart: true, from_us: 1_000, shape: 1, x: 5, y: 6, ...more }, nowUs);
  return { cursor, place, drawn };
}

test("a cursor that left the pictures is drawn from the first picture without it", () => {
  const { cursor, place, drawn } = scene();
  place({});
  cursor.painted(999);
  assert.deepEqual(drawn, [], "that picture still has it");
  place({ x: 7 });
  cursor.painted(1_000);
  assert.deepEqual(drawn, [{ shape: 1, x: 7, y: 6 }], "the newest place counts");
  place({ x: 8 });
  assert.deepEqual(drawn.at(-1), { shape: 1, x: 8, y: 6 });
});

test("one that came back into them is drawn until the first picture with it", () => {
  const { cursor, place, drawn } = scene();
  cursor.painted(1_000);
  place({});
  place({ apart: false, from_us: 2_000, shape: 0 });
  cursor.painted(1_999);
  assert.deepEqual(drawn, [{ shape: 1, x: 5, y: 6 }]);
  cursor.painted(2_000);
  assert.deepEqual(drawn.at(-1), NONE);
});

test("at every picture of a stream that switches again and again there is exactly one cursor", () => {
  const { cursor, place, drawn } = scene();
  let isApart = false;
  let sinceUs = 0;
  for (let ptsUs = 1; ptsUs < 2_000; ptsUs += 1) {
    if (ptsUs % 37 === 0) {
      isApart = !isApart;
      sinceUs = ptsUs;
    }
    // The message and the picture come in any order: every third time the picture is first.
    const tell = () => place({ apart: isApart, from_us: sinceUs, shape: isApart ? 1 : 0 });
    if (ptsUs % 3 === 0) tell();
    cursor.painted(ptsUs);
    if (ptsUs % 3 !== 0) tell();
    const draws = drawn.length > 0 && /** @type {{shape: number}} */ (drawn[drawn.length - 1]).shape !== 0;
    assert.equal(draws, isApart, `at ${ptsUs}`);
  }
});

test("a change that no picture follows takes effect after a while", () => {
  const { cursor, place, drawn } = scene();
  place({}, 5_000);
  cursor.tick(5_000 + PATIENCE_US - 1);
  assert.ok(cursor.isWaiting);
  cursor.tick(5_000 + PATIENCE_US);
  assert.deepEqual([drawn, cursor.isWaiting], [[{ shape: 1, x: 5, y: 6 }], false]);
});

test("a change taken back before its picture came never shows", () => {
  const { cursor, place, drawn } = scene();
  place({});
  place({ apart: false, from_us: 1_001, shape: 0 });
  cursor.painted(5_000);
  assert.deepEqual([drawn, cursor.isWaiting], [[], false]);
});

test("another track or connection begins without a cursor", () => {
  const { cursor, place, drawn } = scene();
  cursor.painted(1_000);
  place({});
  cursor.reset();
  assert.deepEqual(drawn.at(-1), NONE);
  place({ from_us: 500 });
  assert.equal(drawn.length, 2, "it waits for a picture of this track");
});

function layer() {
  const page = installPage();
  const made = new CursorLayer(/** @type {any} */ (page.byId("host-cursor")));
  made.resize({ width: 200, height: 100 });
  made.know(SHAPE);
  return { page, made, box: page.byId("host-cursor"), image: page.byId("host-cursor").querySelector() };
}

test("the image lies with its hot spot on the place, in shares of the picture", () => {
  const { made, box, image } = layer();
  made.draw({ shape: 1, x: 104, y: 52 });
  assert.equal(box.hidden, false);
  const { left, top, width, height } = image.style;
  assert.deepEqual([left, top, width, height], ["50%", "50%", "8%", "24%"]);
  made.resize({ width: 400, height: 100 });
  assert.equal(image.style.left, "25%");
  made.draw(NONE);
  assert.equal(box.hidden, true);
});

test("the layer follows the canvas, turned and zoomed", () => {
  const { made, box } = layer();
  const style = { left: "1px", top: "2px", width: "3px", height: "4px", transform: "rotate(90deg)" };
  made.follow(/** @type {any} */ (style));
  for (const [name, value] of Object.entries(style)) assert.equal(box.style[name], value);
});

test("shapes that the host has forgotten are forgotten here", () => {
  const { made, box } = layer();
  made.know({ ...SHAPE, number: 129 });
  made.draw({ shape: 1, x: 1, y: 1 });
  assert.equal(box.hidden, true);
  made.draw({ shape: 129, x: 1, y: 1 });
  assert.equal(box.hidden, false);
});

test("the hand's own cursor has the host's image, and the layer shows only where the host's stays elsewhere", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { page, made } = layer();
  /** @type {Map<string, (event: object) => void>} */ const listeners = new Map();
  Object.defineProperty(globalThis, "addEventListener", {
    value: (/** @type {string} */ name, /** @type {(event: object) => void} */ react) => void listeners.set(name, react),
    configurable: true,
    writable: true,
  });
  const stage = page.byId("stage");
  const hand = new HandCursor(/** @type {any} */ (stage), /** @type {any} */ (() => page.byId("screen")), made);
  hand.resize({ width: 800, height: 600 });
  const draw = (/** @type {number} */ x) => {
    made.draw({ shape: 1, x, y: 100 });
    hand.follow();
  };
  const move = (/** @type {number} */ clientX, pointerType = "mouse") => listeners.get("pointermove")?.({ pointerType, clientX, clientY: 100 });
  const isAstray = () => stage.classList.contains("cursor-astray");
  draw(100);
  assert.match(stage.style["--host-cursor"], /^url\("data:image\/png;base64,QUJD"\) 4 2, default$/u);
  move(104);
  mock.timers.tick(1_000);
  assert.equal(isAstray(), false);
  move(300);
  mock.timers.tick(150);
  draw(299);
  mock.timers.tick(1_000);
  assert.equal(isAstray(), false, "it came after the hand");
  draw(500);
  mock.timers.tick(199);
  assert.equal(isAstray(), false);
  mock.timers.tick(1);
  assert.equal(isAstray(), true, "a program moved it");
  move(500);
  assert.equal(isAstray(), false);
  move(500, "touch");
  assert.equal(isAstray(), true, "a finger has no cursor of its own");
  made.draw(NONE);
  hand.follow();
  assert.equal(stage.style["--host-cursor"], "default");
  mock.timers.reset();
});
