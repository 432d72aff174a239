// @ts-check
// Marks over the picture: how strokes are made, confirmed, faded and removed, and the tools of the page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Pen, WHOLE } from "../../src/samescreen/viewer/ink/pen.js";
import { ON_ITS_WAY_MS, Strokes } from "../../src/samescreen/viewer/ink/strokes.js";
import { en } from "../../src/samescreen/viewer/app/texts/en.js";
import { fire, installPage } from "./fakes/page.js";

/** @typedef {import("../../src/samescreen/viewer/ink/pen.js").Drawn} Drawn */

const ANNA = { by: 1, name: "Anna", colour: 2, host: false };
const BO = { by: 2, name: "", colour: 3, host: false };

/** @param {number} by @param {number} stroke @param {import("../../src/samescreen/viewer/wire.js").Tool} tool @param {boolean} [end] */
const mark = (by, stroke, tool, end = true) => ({ by, stroke, tool, points: [0, 0, 0, 10, 10, 0], end });
/** @param {...[number, number]} strokes  that stay */
const marks = (...strokes) => ({ track: 0, on: true, people: [ANNA, BO], strokes, in_picture: false });

test("a laser fades a second after its last point, a fading pen three seconds after its end, a pen stays", () => {
  const strokes = new Strokes();
  strokes.replace(marks([1, 8]));
  strokes.add({ track: 0, marks: [mark(1, 7, "laser", false), mark(1, 8, "pen"), mark(2, 9, "fade")] }, 1000);
  assert.deepEqual(strokes.shown(1000).map(({ tool, who }) => [tool, who?.by]), [["laser", 1], ["pen", 1], ["fade", 2]]);
  assert.deepEqual(strokes.shown(1999).map(({ tool }) => tool), ["laser", "pen", "fade"]);
  assert.deepEqual(strokes.shown(2000).map(({ tool }) => tool), ["pen", "fade"]);
  const [, fading] = strokes.shown(3700);
  assert.ok(fading.alpha > 0 && fading.alpha < 1);
  assert.equal(strokes.shown(3700, true)[1].alpha, 1, "for those who want no motion it goes at once");
  assert.deepEqual(strokes.shown(4000).map(({ tool }) => tool), ["pen"]);
  assert.equal(strokes.isMoving, false);
});

test("on a page that is hidden, and paints nothing, faded marks are forgotten when others come", () => {
  const strokes = new Strokes();
  strokes.add({ track: 0, marks: [mark(1, 7, "laser"), mark(2, 9, "fade")] }, 0);
  strokes.add({ track: 0, marks: [] }, 4000);
  assert.ok(strokes.isEmpty);
});

test("the trail of a laser fades point by point, and is not shown to those who want no motion", () => {
  const strokes = new Strokes();
  strokes.replace(marks());
  strokes.add({ track: 0, marks: [mark(1, 7, "laser", false)] }, 0);
  strokes.add({ track: 0, marks: [{ ...mark(1, 7, "laser", false), points: [20, 20, 0] }] }, 900);
  assert.equal(strokes.shown(950)[0].points.length, 3);
  assert.equal(strokes.shown(1100)[0].points.length, 1);
  assert.equal(strokes.shown(950, true)[0].points.length, 1);
});

test("where the pictures have the marks, only own strokes are drawn, until the picture has them too", () => {
  const strokes = new Strokes();
  strokes.replace({ ...marks([1, 8], [2, 9]), in_picture: true });
  strokes.add({ track: 0, marks: [mark(2, 9, "pen"), mark(2, 10, "laser", false)] }, 0);
  assert.deepEqual(strokes.shown(10), []);
  strokes.draw({ stroke: 8, tool: "pen", points: [1, 1, 0], end: true }, 1000);
  assert.equal(strokes.shown(1000 + ON_ITS_WAY_MS).length, 1, "the host has not confirmed it yet");
  strokes.add({ track: 0, marks: [mark(1, 8, "pen")] }, 1600);
  assert.equal(strokes.shown(1000 + ON_ITS_WAY_MS - 1).length, 1);
  assert.ok(strokes.isMoving, "it must be painted again, without the stroke");
  assert.deepEqual(strokes.shown(1000 + ON_ITS_WAY_MS), []);
  assert.equal(strokes.isMoving, false);
  assert.ok(strokes.hasOwn, "it can still be taken back");
  strokes.replace(marks([1, 8], [2, 9]));
  assert.equal(strokes.shown(2000).length, 2, "another source, whose pictures have none");
});

test("marks of another picture are left out, and a new picture has none", () => {
  const strokes = new Strokes();
  strokes.add({ track: 5, marks: [mark(1, 7, "pen")] }, 0);
  assert.ok(strokes.isEmpty);
  strokes.follow(5);
  strokes.add({ track: 5, marks: [mark(1, 7, "pen")] }, 0);
  assert.equal(strokes.isEmpty, false);
  strokes.follow(6);
  assert.ok(strokes.isEmpty);
});

test("an own stroke is drawn once, takes its colour from the host, and stays until the host says otherwise", () => {
  const strokes = new Strokes();
  strokes.draw({ stroke: 7, tool: "pen", points: [1, 1, 0], end: false }, 0);
  strokes.replace(marks()); // sent before the host had the stroke
  assert.equal(strokes.shown(0)[0].who, null);
  strokes.add({ track: 0, marks: [mark(1, 7, "pen")] }, 10);
  assert.deepEqual(strokes.shown(20).map(({ points, who }) => [points.length, who?.name]), [[1, "Anna"]]);
  strokes.draw({ stroke: 8, tool: "pen", points: [1, 1, 0], end: true }, 30);
  assert.deepEqual(strokes.shown(30).map(({ who }) => who?.name), ["Anna", "Anna"], "the next one has the colour at once");
  strokes.replace(marks([1, 7]));
  assert.equal(strokes.shown(40).length, 2, "the host has not seen the second");
  strokes.replace(marks());
  assert.equal(strokes.shown(40).length, 1, "the host removed the first");
  strokes.replace({ ...marks(), on: false });
  assert.ok(strokes.isEmpty, "the host takes no marks");
});

test("everything of a person who left goes, and a board that was sent again replaces what there was", () => {
  const strokes = new Strokes();
  strokes.replace(marks([1, 7], [2, 8]));
  strokes.add({ track: 0, marks: [mark(1, 7, "pen"), mark(2, 8, "pen"), mark(1, 9, "fade", false)] }, 0);
  strokes.replace({ ...marks([2, 8]), people: [BO] });
  assert.deepEqual(strokes.shown(0).map(({ who }) => who?.by), [2]);
  strokes.replace(marks());
  strokes.add({ track: 0, marks: [mark(2, 8, "pen")] }, 0);
  assert.deepEqual(strokes.shown(0).map(({ points }) => points.length), [2], "no point twice");
});

test("taking back removes the newest own stroke that stays, or all", () => {
  const strokes = new Strokes();
  for (const stroke of [1, 2]) strokes.draw({ stroke, tool: "pen", points: [1, 1, 0], end: true }, 0);
  strokes.draw({ stroke: 3, tool: "fade", points: [1, 1, 0], end: true }, 0);
  strokes.add({ track: 0, marks: [mark(2, 8, "pen")] }, 0);
  strokes.erase(false);
  assert.deepEqual(strokes.shown(0).map(({ tool }) => tool), ["pen", "fade", "pen"]);
  strokes.erase(true);
  assert.deepEqual(strokes.shown(0).map(({ tool, isGrowing }) => [tool, isGrowing]), [["pen", false]]);
});

/** @param {number} seed */
function pen(seed = 0.5) {
  /** @type {Drawn[]} */ const sent = [];
  return { sent, pen: new Pen((drawn) => sent.push(drawn), () => seed) };
}

test("a pen sends shares of the picture, merges what a frame brought, and leaves out what hardly moved", () => {
  const { sent, pen: it } = pen();
  it.begin("pen", { x: 0, y: 1, pressure: 0 });
  it.move({ x: 0.5, y: 0.5, pressure: 0.001 });
  it.move({ x: 0.5001, y: 0.5, pressure: 0.001 });
  it.flush(0);
  it.flush(16);
  it.move({ x: 1.5, y: -1, pressure: 1 });
  it.end();
  assert.deepEqual(sent, [
    { stroke: 2 ** 31, tool: "pen", points: [0, WHOLE, 0, 32768, 32768, 66], end: false },
    { stroke: 2 ** 31, tool: "pen", points: [WHOLE, 0, WHOLE], end: true },
  ]);
});

test("a long stroke goes on as another, and no message is too long", () => {
  const { sent, pen: it } = pen(0.1);
  it.begin("pen", { x: 0, y: 0, pressure: 0 });
  for (let at = 1; at <= 1300; at += 1) it.move({ x: (at % 100) / 100, y: 0.5, pressure: 0 });
  it.end();
  assert.ok(sent.every(({ points }) => points.length <= 180));
  assert.equal(sent.filter(({ end }) => end).length, 3);
});

test("a laser that rests is sent again, a pen is not", () => {
  for (const [tool, times] of /** @type {const} */ ([["laser", 3], ["pen", 1]])) {
    const { sent, pen: it } = pen();
    it.begin(tool, { x: 0, y: 0, pressure: 0 });
    for (const nowMs of [1000, 1100, 1400, 1500, 1800]) it.flush(nowMs);
    assert.equal(sent.length, times, tool);
  }
});

/** The tools on a page whose stage is 800×600, with what they said. */
async function tools() {
  const page = installPage({});
  /** @type {(() => void)[]} */ const frames = [];
  Object.assign(globalThis, { requestAnimationFrame: (/** @type {() => void} */ paint) => frames.push(paint) });
  const { InkTools } = await import("../../src/samescreen/viewer/app/ink.js");
  /** @type {any[]} */ const said = [];
  const speaker = { draw: (/** @type {any} */ drawn) => said.push(drawn), erase: (/** @type {boolean} */ all) => said.push(all), ask: (/** @type {any} */ grants) => said.push(grants) };
  const texts = Object.assign(new EventTarget(), { of: (/** @type {keyof typeof en} */ key) => en[key] });
  const panels = { open: "", close() {} };
  /** @type {any[]} */ const notices = [];
  const ink = new InkTools(/** @type {any} */ (texts), () => speaker, /** @type {any} */ (panels), /** @type {any} */ ({ show: (/** @type {string} */ key) => notices.push(key) }));
  const canvas = page.byId("ink");
  /** @param {string} name @param {object} fields */
  const pointer = (name, fields) => {
    const event = Object.assign(new Event(name, { cancelable: true }), { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, pressure: 0.5, clientX: 400, clientY: 300, ...fields });
    canvas.dispatchEvent(event);
  };
  /** @param {string} key */
  const press = (key) => page.window.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key }));
  const frame = () => frames.splice(0).forEach((paint) => paint());
  return { page, ink, said, notices, canvas, pointer, press, frame };
}

test("without the grant there is no tool, and one may ask for it", async () => {
  const { page, ink, said, notices } = await tools();
  ink.granted({ grants: ["watch"], may_ask: ["point"] });
  assert.equal(page.byId("tool-ink").hidden, true);
  assert.equal(page.byId("tool-ink-ask").hidden, false);
  page.byId("tool-ink-ask").click();
  ink.asked({ grants: ["point"], state: "waits" });
  ink.toggle();
  assert.deepEqual(said, [["point"]]);
  ink.welcomed();
  assert.equal(page.byId("tool-ink-ask").disabled, false, "a new connection knows nothing of it");
  ink.granted({ grants: ["point", "watch"] });
  assert.equal(page.byId("tool-ink").hidden, false);
  assert.equal(page.byId("tool-ink-ask").hidden, true);
  assert.deepEqual(notices, ["control.waits"]);
});

test("a pen draws between press and release, and Esc puts it down", async () => {
  const { page, ink, said, canvas, pointer, press } = await tools();
  ink.granted({ grants: ["point"] });
  ink.choose("pen");
  assert.equal(canvas.hidden, false);
  pointer("pointermove", {});
  pointer("pointerdown", {});
  pointer("pointermove", { clientX: 800 });
  pointer("pointerup", {});
  pointer("pointermove", { clientX: 0 });
  assert.equal(said.length, 1);
  assert.deepEqual({ ...said[0], stroke: 0 }, { track: 0, stroke: 0, tool: "pen", points: [32768, 32768, 0, WHOLE, 32768, 0], end: true });
  press("Escape");
  assert.equal(page.root.dataset.ink, "");
  pointer("pointerdown", {});
  assert.equal(said.length, 1);
});

test("a laser follows the mouse without a button, goes when it leaves the picture, and moves by arrow keys", async () => {
  const { page, ink, said, pointer, press } = await tools();
  ink.granted({ grants: ["point"] });
  ink.choose("laser");
  assert.ok(!fire(page.window, "keydown", { key: "ArrowRight", target: page.byId("clip-field") }).defaultPrevented, "the caret moves there");
  pointer("pointermove", { buttons: 0 });
  pointer("pointermove", { buttons: 0, clientX: -5 });
  assert.deepEqual(said.map(({ tool, end }) => [tool, end]), [["laser", true]]);
  press("ArrowRight");
  pointer("pointerleave", {});
  assert.equal(said.length, 2);
  assert.ok(said[1].points[0] >= 0 && said[1].end);
});

test("a pen's pressure travels, and a second finger moves the picture instead", async () => {
  const { page, ink, said, pointer } = await tools();
  Object.assign(globalThis, { PointerEvent: class extends Event { constructor(/** @type {string} */ type, /** @type {any} */ { pointerId }) { super(type); this.pointerId = pointerId; } } });
  /** @type {any[]} */ const moved = [];
  page.byId("stage").addEventListener("pointerdown", (/** @type {any} */ event) => moved.push(event.pointerId));
  ink.granted({ grants: ["point"] });
  ink.choose("pen");
  pointer("pointerdown", { pointerType: "touch", pointerId: 4 });
  pointer("pointerdown", { pointerType: "touch", pointerId: 5 });
  assert.deepEqual(moved, [4, 5]);
  assert.deepEqual([said[0].end, said[1]], [true, false], "what the first finger drew is taken back");
  for (const pointerId of [4, 5]) pointer("pointerup", { pointerType: "touch", pointerId });
  pointer("pointerdown", { pointerType: "pen", pressure: 0.25 });
  pointer("pointerup", { pointerType: "pen" });
  assert.deepEqual(said[2].points, [32768, 32768, 16384]);
});

test("the tools are put down when the host forbids marks or takes the grant back", async () => {
  const { page, ink } = await tools();
  ink.granted({ grants: ["point"] });
  ink.choose("fade");
  ink.replace({ type: "marks", track: 0, on: false, people: [], strokes: [], in_picture: false });
  assert.equal(page.root.dataset.ink, "");
  assert.equal(page.byId("ink-note").textContent, en["ink.off"]);
  ink.toggle();
  assert.equal(page.root.dataset.ink, "");
  ink.replace({ type: "marks", track: 0, on: true, people: [], strokes: [], in_picture: false });
  ink.toggle();
  assert.equal(page.root.dataset.ink, "fade");
  ink.granted({ grants: ["watch"] });
  assert.equal(page.root.dataset.ink, "");
});
