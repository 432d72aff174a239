// @ts-check
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { Toolbar } from "../../src/samescreen/viewer/app/toolbar.js";
import { fire, installPage } from "./fakes/page.js";

/** @param {{href?: string, fullscreen?: boolean}} [like] */
function scene({ href, fullscreen = true } = {}) {
  const page = installPage({ href });
  page.document.fullscreenEnabled = fullscreen;
  const fit = Object.assign(new EventTarget(), { mode: "fit", scale: 1, isFollowing: false, choose: mock.fn(), step: mock.fn(), pan: mock.fn(), turn: mock.fn(), follow: mock.fn() });
  const more = mock.fn();
  const notice = { show: mock.fn() };
  const onDecoder = mock.fn();
  const texts = new Texts("en");
  const parts = /** @type {any} */ ({ texts, fit, notice, decoder: "wasm", onDecoder, keys: { i: more } });
  new Toolbar(parts);
  /** @param {string} key @param {object} [more] */
  const press = (key, more = {}) => fire(page.document, "keydown", { key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  return { page, fit, more, notice, onDecoder, texts, press };
}

test("keys do what the buttons do", () => {
  const { page, fit, more, press } = scene();
  fire(page.byId("stage"), "pointermove", { pointerType: "mouse", clientX: 30, clientY: 40 });
  for (const key of ["1", "0", "9", "I", "+", "-", "ArrowLeft", "ArrowDown", "x", "R", "c"]) press(key);
  assert.deepEqual(fit.choose.mock.calls.map(({ arguments: [mode] }) => mode), ["actual", "fit", "fill"]);
  assert.deepEqual([more.mock.callCount(), fit.turn.mock.callCount()], [1, 1]);
  assert.deepEqual(fit.follow.mock.calls.map(({ arguments: [follows] }) => follows), [false, false, false, true], "a view chosen ends following");
  assert.deepEqual(fit.step.mock.calls.map(({ arguments: [, around] }) => around), [{ x: 30, y: 40 }, { x: 30, y: 40 }], "to the pointer");
  assert.deepEqual(fit.step.mock.calls.map(({ arguments: [factor] }) => factor), [1.25, 0.8]);
  assert.deepEqual(fit.pan.mock.calls.map(({ arguments: [by] }) => by), [{ x: 80, y: 0 }, { x: 0, y: -80 }]);
});

test("a key that is held goes on moving and zooming, and switches once", () => {
  const { fit, more, press } = scene();
  for (const key of ["i", "1", "ArrowLeft", "+"]) for (const repeat of [false, true]) press(key, { repeat });
  assert.deepEqual([more, fit.choose, fit.pan, fit.step].map((act) => act.mock.callCount()), [1, 1, 2, 2]);
});

test("keys of the browser, and what is typed into a field or at the login, are left alone", () => {
  const { page, fit, press } = scene();
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) press("1", { [modifier]: true });
  press("1", { target: page.byId("pin") });
  press("1", { target: page.byId("tool-decoder") });
  press("1", { target: page.byId("clip-field") });
  press("ArrowDown", { target: page.byId("details") });
  page.root.dataset.state = "login";
  press("1");
  assert.deepEqual([fit.choose.mock.callCount(), fit.pan.mock.callCount()], [0, 0]);
});

test("a click on a tool does not move the focus, and one on the volume does", () => {
  const { page } = scene();
  const pressOn = (/** @type {string} */ id) => fire(page.byId("toolbar"), "mousedown", { target: page.byId(id) });
  assert.ok(pressOn("tool-hand").defaultPrevented);
  assert.ok(!pressOn("tool-volume").defaultPrevented, "a slider is dragged");
});

test("the way of viewing is remembered, and the buttons show it", () => {
  const { page, fit } = scene();
  fire(page.byId("tool-actual"), "click");
  assert.equal(page.local.getItem("samescreen.fit"), "actual");
  fit.mode = "free";
  fire(fit, "mode");
  for (const id of ["tool-fit", "tool-actual"]) assert.equal(page.byId(id).getAttribute("aria-pressed"), "false");
});

test("a decoder is chosen here; nothing chosen is the page's own choice", () => {
  const { page, onDecoder } = scene();
  const select = page.byId("tool-decoder");
  assert.equal(select.value, "wasm");
  for (const value of ["jpeg", ""]) {
    select.value = value;
    fire(select, "change");
  }
  assert.deepEqual(onDecoder.mock.calls.map(({ arguments: [path] }) => path), ["jpeg", null]);
});

test("the language chosen here counts for more than the one in the address, also after a reload", () => {
  const { page, texts } = scene({ href: "http://host/?lang=en&decoder=wasm#x" });
  fire(page.byId("tool-language"), "click");
  assert.deepEqual([texts.language, page.local.getItem("samescreen.language")], ["zh", "zh"]);
  assert.equal(page.location.href, "http://host/?decoder=wasm#x");
});

test("full screen: asked for, left, and said so where the browser does not allow it", async () => {
  const { page, notice, press } = scene();
  const root = /** @type {any} */ (page.root);
  root.requestFullscreen = mock.fn(async () => {});
  press("f");
  assert.equal(root.requestFullscreen.mock.callCount(), 1);
  const leave = mock.fn(async () => {});
  Object.assign(page.document, { fullscreenElement: root, exitFullscreen: leave });
  fire(page.document, "fullscreenchange");
  assert.equal(page.byId("tool-fullscreen").getAttribute("aria-label"), "Leave full screen (f)");
  press("f");
  assert.equal(leave.mock.callCount(), 1);
  Object.assign(page.document, { fullscreenElement: null });
  root.requestFullscreen = async () => Promise.reject(new Error("no"));
  press("f");
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(notice.show.mock.calls.map(({ arguments: [key] }) => key), ["notice.fullscreen"]);
  const never = scene({ fullscreen: false });
  assert.ok(never.page.byId("tool-fullscreen").hidden);
  never.press("f");
  assert.equal(never.notice.show.mock.callCount(), 1);
});
