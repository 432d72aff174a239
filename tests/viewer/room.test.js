// @ts-check
// How much room the page has for the picture: said when control begins, after the window has changed, and never otherwise.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Room, SETTLE_MS } from "../../src/samescreen/viewer/control/room.js";

/** A stage whose size the test changes. */
function scene() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {(() => void)|null} */
  let changed = null;
  class Observer {
    /** @param {() => void} react */
    constructor(react) {
      this.react = react;
    }
    observe() {
      changed = this.react;
    }
    disconnect() {
      changed = null;
    }
  }
  Object.assign(globalThis, { ResizeObserver: Observer });
  const stage = { clientWidth: 800, clientHeight: 500 };
  /** @type {object[]} */
  const said = [];
  const room = new Room(/** @type {any} */ (stage), (size) => said.push(size));
  const resize = (/** @type {number} */ width, /** @type {number} */ height) => {
    Object.assign(stage, { clientWidth: width, clientHeight: height });
    changed?.();
  };
  return { room, said, resize };
}

test("nothing is said before the viewer has control, and nothing after it", () => {
  const { room, said, resize } = scene();
  resize(10, 10);
  room.isOn = true;
  room.isOn = false;
  resize(20, 20);
  mock.timers.tick(1000);
  assert.deepEqual(said, []);
});

test("the room is said when control begins, and again when it begins anew", () => {
  const { room, said } = scene();
  room.isOn = true;
  mock.timers.tick(0);
  assert.deepEqual(said, [{ width: 800, height: 500 }]);
  room.isOn = false;
  room.isOn = true;
  mock.timers.tick(0);
  assert.equal(said.length, 2);
});

test("a window that is dragged says its last size only", () => {
  const { room, said, resize } = scene();
  room.isOn = true;
  mock.timers.tick(0);
  for (let width = 801; width <= 900; width += 1) {
    resize(width, 500);
    mock.timers.tick(SETTLE_MS / 2);
  }
  assert.equal(said.length, 1);
  mock.timers.tick(SETTLE_MS);
  assert.deepEqual(said.slice(1), [{ width: 900, height: 500 }]);
});

test("a picture that lies on its side has the other side's room", () => {
  const { room, said } = scene();
  room.isOn = true;
  room.isTurned = true;
  mock.timers.tick(0);
  assert.deepEqual(said, [{ width: 500, height: 800 }]);
});

test("a stage that is hidden has no room to speak of", () => {
  const { room, said, resize } = scene();
  room.isOn = true;
  resize(0, 0);
  mock.timers.tick(SETTLE_MS);
  assert.deepEqual(said, []);
});
