// @ts-check
// Input of a page: bytes by the shared vectors, keys of every kind of machine, the pointer's places, and the pace of the socket.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Keys } from "../../src/samescreen/viewer/control/keys.js";
import { PLACES } from "../../src/samescreen/viewer/control/places.js";
import { Pointer } from "../../src/samescreen/viewer/control/pointer.js";
import { HELD_EVERY_MS, MOVE_EVERY_MS, Seat } from "../../src/samescreen/viewer/control/seat.js";
import { MODS, MOST_TEXT_BYTES, inputMessage, textParts } from "../../src/samescreen/viewer/control/wire.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/control.json", import.meta.url), "utf8"));
const hex = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("hex");

test("messages have the bytes of the shared vectors", () => {
  for (const { bytes, track, sequence, page_ms: pageMs, answered, events } of vectors.inputs)
    assert.equal(hex(inputMessage({ track, sequence, pageMs, answered }, events)), bytes);
});

test("places have the shared numbers", () => assert.deepEqual({ ...PLACES }, vectors.places));

test("a long text is cut between characters", () => {
  const text = "你好😀".repeat(500);
  const parts = textParts(text);
  assert.equal(parts.join(""), text);
  for (const part of parts) assert.ok(new TextEncoder().encode(part).length <= MOST_TEXT_BYTES);
  assert.deepEqual(textParts(""), []);
});

// --- keys

/** @returns {any} */
const key = (/** @type {string} */ code, /** @type {string} */ name, more = {}) => ({
  code, key: name, location: 0, repeat: false, isComposing: false, keyCode: 0,
  shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, getModifierState: () => false, ...more,
});

test("a key tells its place and its character, once while it is down", () => {
  const keys = new Keys({ isMac: false });
  assert.deepEqual(keys.press(key("KeyQ", "q")), [{ kind: "key", is_down: true, code: 16, mods: 0, char: "q" }]);
  assert.deepEqual(keys.press(key("KeyQ", "q", { repeat: true })), []);
  assert.deepEqual(keys.down, [16]);
  assert.deepEqual(keys.lift(key("KeyQ", "Q")), [{ kind: "key", is_down: false, code: 16, mods: 0, char: "" }]);
  assert.deepEqual(keys.lift(key("KeyQ", "q")), []);
  assert.deepEqual(keys.down, []);
});

test("modifiers, AltGr and the keypad", () => {
  const keys = new Keys({ isMac: false });
  const mods = (/** @type {any} */ event) => /** @type {any} */ (keys.press(event))[0].mods;
  assert.equal(mods(key("KeyA", "A", { shiftKey: true, ctrlKey: true })), MODS.shift | MODS.ctrl);
  assert.equal(mods(key("AltRight", "AltGraph")), MODS.altgr);
  const isAltGr = { getModifierState: (/** @type {string} */ name) => name === "AltGraph" };
  assert.equal(mods(key("KeyE", "€", isAltGr)), MODS.altgr);
  const code = (/** @type {any} */ event) => /** @type {any} */ (keys.press(event))[0].code;
  assert.equal(code(key("Numpad7", "7")), PLACES.Numpad7);
  assert.equal(code(key("Numpad4", "ArrowLeft")), PLACES.ArrowLeft);
  assert.equal(code(key("OSLeft", "Meta")), PLACES.MetaLeft);
});

test("a key of the keypad comes up where it went down, though Shift was lifted meanwhile", () => {
  const keys = new Keys({ isMac: false });
  keys.press(key("Numpad1", "End", { shiftKey: true }));
  assert.deepEqual(keys.press(key("Numpad1", "1", { repeat: true })), []);
  assert.deepEqual(/** @type {any[]} */ (keys.lift(key("Numpad1", "1"))).map(({ code }) => code), [PLACES.End]);
  assert.deepEqual(keys.down, []);
});

test("a phone's keys have names only, and its letters are texts", () => {
  const keys = new Keys({ isMac: false });
  assert.equal(/** @type {any} */ (keys.press(key("", "Enter")))[0].code, PLACES.Enter);
  assert.equal(/** @type {any} */ (keys.press(key("", "Shift", { location: 2 })))[0].code, PLACES.ShiftRight);
  assert.deepEqual(keys.press(key("", "é")), [{ kind: "text", text: "é" }]);
  assert.deepEqual(keys.press(key("", "Unheard")), []);
});

test("a phone's key is a tap: many report no keyup, and repeat it by themselves", () => {
  const keys = new Keys({ isMac: false });
  const backspace = () => /** @type {any[]} */ (keys.press(key("", "Backspace"))).map(({ is_down, code }) => [is_down, code]);
  assert.deepEqual(backspace(), [[true, PLACES.Backspace], [false, PLACES.Backspace]]);
  assert.deepEqual(backspace(), [[true, PLACES.Backspace], [false, PLACES.Backspace]]);
  assert.deepEqual(keys.down, []);
});

test("what begins a text is left to the text field", () => {
  const keys = new Keys({ isMac: false });
  for (const event of [key("KeyA", "Process"), key("Quote", "Dead"), key("", "Unidentified"), key("KeyA", "a", { isComposing: true }), key("KeyA", "a", { keyCode: 229 })])
    assert.equal(keys.press(event), null);
});

test("on a Mac, Cmd is Ctrl, a key with it is a tap, and Option makes characters", () => {
  const keys = new Keys({ isMac: true });
  assert.equal(/** @type {any} */ (keys.press(key("MetaLeft", "Meta", { metaKey: true })))[0].code, PLACES.ControlLeft);
  const tapped = /** @type {any} */ (keys.press(key("KeyC", "c", { metaKey: true })));
  assert.deepEqual(tapped.map((/** @type {any} */ { is_down, mods }) => [is_down, mods]), [[true, MODS.ctrl], [false, MODS.ctrl]]);
  assert.equal(keys.press(key("KeyC", "c", { metaKey: true }))?.length, 2, "and again, without a keyup between");
  assert.deepEqual(keys.down, [PLACES.ControlLeft]);
  assert.equal(/** @type {any} */ (keys.press(key("KeyL", "@", { altKey: true })))[0].mods, MODS.altgr);
});

test("on a Mac, Cmd lifts the keys before it, whose keyup never comes, and no modifier", () => {
  const keys = new Keys({ isMac: true });
  keys.press(key("ShiftLeft", "Shift"));
  keys.press(key("KeyL", "l"));
  const sent = /** @type {any[]} */ (keys.press(key("MetaLeft", "Meta", { metaKey: true })));
  assert.deepEqual(sent.map(({ is_down, code }) => [is_down, code]), [[false, PLACES.KeyL], [true, PLACES.ControlLeft]]);
  assert.deepEqual(keys.down, [PLACES.ShiftLeft, PLACES.ControlLeft]);
});

// --- the pointer

test("places are pixels of the picture at any zoom, and stay inside", () => {
  const pointer = new Pointer();
  pointer.resize({ width: 1920, height: 1080 });
  const box = { left: 10, top: 20, width: 960, height: 540 };
  assert.deepEqual(pointer.placeOf({ clientX: 10, clientY: 20 }, box), { x: 0, y: 0 });
  assert.deepEqual(pointer.placeOf({ clientX: 490, clientY: 290 }, box), { x: 960, y: 540 });
  assert.deepEqual(pointer.placeOf({ clientX: 969.9, clientY: 559.9 }, box), { x: 1919, y: 1079 });
  assert.deepEqual(pointer.placeOf({ clientX: -5, clientY: 5000 }, box), { x: 0, y: 1079 });
  const quarter = { left: 0, top: 0, width: 1536, height: 864 }; // DPR 1.25
  for (const x of [0, 1, 777, 1919]) assert.equal(pointer.placeOf({ clientX: (x + 0.5) / 1.25, clientY: 0 }, quarter).x, x);
});

test("a button goes down and up once", () => {
  const pointer = new Pointer();
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const at = { clientX: 0, clientY: 0 };
  assert.equal(pointer.button({ button: 2, ...at }, true, box).length, 1);
  assert.equal(pointer.buttons, 4);
  assert.deepEqual(pointer.button({ button: 2, ...at }, true, box), []);
  assert.deepEqual(pointer.button({ button: 7, ...at }, true, box), []);
  pointer.clear();
  assert.equal(pointer.buttons, 0);
});

test("a notch of a wheel is a notch, and a trackpad's steps add up", () => {
  const pointer = new Pointer();
  const box = { left: 0, top: 0, width: 1, height: 1 };
  const turned = (/** @type {number} */ deltaY, deltaMode = 0) =>
    /** @type {any} */ (pointer.wheel({ deltaX: 0, deltaY, deltaMode, clientX: 0, clientY: 0 }, box)).dy;
  assert.deepEqual([turned(100), turned(120), turned(-114)], [120, 120, -120]);
  assert.deepEqual([turned(4), turned(-50)], [5, -60]);
  assert.equal(turned(1e9), 32_767);
  assert.equal(turned(3, 1), 58);
});

// --- the socket

class FakeSocket {
  readyState = 1;
  /** @type {string[]} */ sent = [];
  /** @type {any} */ onopen;
  /** @type {any} */ onmessage;
  /** @type {any} */ onclose;
  /** @param {Uint8Array} data */
  send(data) {
    this.sent.push(hex(data.slice(8)));
  }
  close() {
    this.readyState = 3;
  }
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
afterEach(() => mock.timers.reset());

function seated() {
  /** @type {FakeSocket[]} */ const sockets = [];
  const clock = { ms: 1000 };
  const held = { buttons: 0, codes: /** @type {number[]} */ ([]) };
  /** @type {any[]} */ const seen = [];
  const around = {
    open: () => {
      sockets.push(new FakeSocket());
      return /** @type {any} */ (sockets[sockets.length - 1]);
    },
    setTimer: (/** @type {() => void} */ callback, /** @type {number} */ ms) => setTimeout(callback, ms),
    clearTimer: (/** @type {any} */ timer) => clearTimeout(timer),
    random: () => 0.5,
  };
  const events = {
    onControl: (/** @type {any} */ control) => seen.push(control.state),
    onApplied: (/** @type {object} */ applied) => seen.push(applied),
    onClosed: (/** @type {boolean} */ isFinal) => seen.push(isFinal),
    held: () => held,
    track: () => 3,
  };
  const seat = new Seat("ws://h/ws/control", null, events, { around, nowMs: () => clock.ms });
  sockets[0].onopen();
  return { seat, sockets, clock, held, seen };
}

const move = (/** @type {number} */ x) => /** @type {const} */ ({ kind: "move", x, y: 0 });

test("moves are merged within a pace, and a click takes the last one with it", () => {
  const { seat, sockets: [socket], clock } = seated();
  seat.move(move(1));
  seat.move(move(2));
  seat.move(move(3));
  assert.deepEqual(socket.sent, ["0100010000"]);
  clock.ms += MOVE_EVERY_MS;
  mock.timers.tick(MOVE_EVERY_MS);
  assert.deepEqual(socket.sent.slice(1), ["0100030000"]);
  seat.move(move(4));
  seat.send([{ kind: "release" }]);
  assert.deepEqual(socket.sent.slice(2), ["01000400000a"]);
  mock.timers.tick(100);
  assert.equal(socket.sent.length, 3);
  seat.close();
});

test("shifts that wait add up, and none is lost to a move", () => {
  const { seat, sockets: [socket], clock } = seated();
  /** @type {string[]} */ const sent = [];
  socket.send = (data) => void sent.push(hex(data).slice(16));
  const shift = (/** @type {number} */ dx) => /** @type {const} */ ({ kind: "shift", dx, dy: -1 });
  for (const dx of [1, 2, 3]) seat.move(shift(dx));
  seat.move({ kind: "move", x: 7, y: 0 });
  clock.ms += MOVE_EVERY_MS;
  mock.timers.tick(MOVE_EVERY_MS);
  assert.deepEqual(sent, ["040001ffff", "040005fffe", "0100070000"]);
  seat.close();
});

test("the host is asked when a press was carried out, and of nothing else; each answer is passed on once", () => {
  const { seat, sockets: [socket], clock, seen } = seated();
  /** @type {number[]} */ const flags = [];
  socket.send = (data) => void flags.push(data[1]);
  seat.send([{ kind: "button", number: 0, is_down: true, x: 1, y: 1 }]);
  clock.ms += 5;
  seat.send([{ kind: "button", number: 0, is_down: false, x: 1, y: 1 }]);
  seat.send([{ kind: "key", is_down: true, code: 30, mods: 0, char: "a" }]);
  seat.send([{ kind: "wheel", dx: 0, dy: 120, x: 1, y: 1 }]);
  assert.deepEqual(flags, [1, 0, 1, 0]);
  const answer = (/** @type {number} */ sequence) =>
    socket.onmessage({ data: JSON.stringify({ type: "applied", sequence, host_us: 77 + sequence }) });
  for (const sequence of [3, 1, 1, 2, 900]) answer(sequence);
  assert.deepEqual(seen, [{ sentMs: 1005, hostUs: 80 }, { sentMs: 1000, hostUs: 78 }]);
  seat.close();
});

test("what is held is repeated while it is, and not after the end", () => {
  const { seat, sockets: [socket], held } = seated();
  mock.timers.tick(HELD_EVERY_MS * 2);
  assert.deepEqual(socket.sent, []);
  held.codes = [30];
  mock.timers.tick(HELD_EVERY_MS * 2);
  assert.deepEqual(socket.sent, ["07000001001e", "07000001001e"]);
  seat.close();
  mock.timers.tick(HELD_EVERY_MS * 3);
  assert.equal(socket.sent.length, 2);
});

test("after a break of the picture's connection its own is replaced, unless it came back by itself", () => {
  const { seat, sockets, seen } = seated();
  seat.renew();
  assert.equal(sockets.length, 1, "the first welcome");
  seat.doubt();
  seat.renew();
  assert.deepEqual([sockets.length, sockets[0].readyState, seen], [2, 3, [false]], "at once, and what is held is let go");
  seat.renew();
  sockets[1].onopen();
  seat.doubt();
  sockets[1].onclose({ code: 1006 });
  mock.timers.tick(5000);
  assert.equal(sockets.length, 3);
  seat.doubt();
  seat.renew();
  assert.equal(sockets.length, 3, "it is newer than the break");
  seat.close();
});

test("it tells how control stands, comes back after a cut, and not after a no", () => {
  const { seat, sockets, seen } = seated();
  sockets[0].onmessage({ data: '{"type":"control","state":"mine","by":"Ann","cause":""}' });
  sockets[0].onmessage({ data: '{"type":"grants","grants":[]}' });
  sockets[0].onclose({ code: 1006 });
  mock.timers.tick(5000);
  assert.equal(sockets.length, 2);
  sockets[1].onclose({ code: 4403 });
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 2);
  assert.deepEqual(seen, ["mine", false, true]);
  seat.close();
});
