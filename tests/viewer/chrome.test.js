// @ts-check
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Chrome } from "../../src/samescreen/viewer/app/chrome.js";
import { Panels } from "../../src/samescreen/viewer/app/panels.js";
import { fire, installPage } from "./fakes/page.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

function scene() {
  const page = installPage();
  const panels = new Panels();
  const chrome = new Chrome(panels);
  panels.add("view");
  panels.add("talk", { first: "line" });
  panels.add("keys", { back: "tool-more" });
  const isQuiet = () => page.root.classList.contains("quiet");
  return { page, panels, chrome, isQuiet };
}

test("the bar leaves a live picture alone after two seconds, and stays where there is none", () => {
  const { page, chrome, isQuiet } = scene();
  mock.timers.tick(10_000);
  assert.ok(!isQuiet());
  page.root.dataset.state = "live";
  chrome.wake();
  mock.timers.tick(1999);
  assert.ok(!isQuiet());
  mock.timers.tick(1);
  assert.ok(isQuiet());
  fire(page.document, "pointermove", { pointerType: "touch" });
  assert.ok(isQuiet(), "a finger moves only while it touches");
  fire(page.document, "pointermove", { pointerType: "mouse", clientX: 9, clientY: 9 });
  assert.ok(!isQuiet());
});

test("whoever uses the host's mouse finds the bar at the lower edge only, and fingers by a button", () => {
  const { page, chrome, isQuiet } = scene();
  Object.assign(globalThis, { innerHeight: 700 });
  Object.assign(page.root.dataset, { state: "live", control: "mine" });
  mock.timers.tick(2000);
  assert.ok(isQuiet());
  fire(page.window, "pointermove", { pointerType: "mouse", clientX: 9, clientY: 600 });
  assert.ok(isQuiet(), "a move of the host's mouse");
  fire(page.window, "pointermove", { pointerType: "mouse", clientX: 9, clientY: 698 });
  assert.ok(!isQuiet());
  chrome.toggle();
  assert.ok(isQuiet());
  chrome.toggle();
  assert.ok(!isQuiet());
});

test("a tap shows the bar and the next one hides it; a mouse click only shows", () => {
  const { page, isQuiet } = scene();
  page.root.dataset.state = "live";
  fire(page.byId("stage"), "click", { pointerType: "touch" });
  assert.ok(isQuiet());
  fire(page.byId("stage"), "click", { pointerType: "touch" });
  assert.ok(!isQuiet());
  fire(page.byId("stage"), "click", { pointerType: "mouse" });
  assert.ok(!isQuiet());
});

test("nothing fades under the mouse, under the keyboard's focus, or while a panel is open; later it does", () => {
  const { page, panels, chrome, isQuiet } = scene();
  page.root.dataset.state = "live";
  const move = (/** @type {string} */ id, /** @type {number} */ x) =>
    fire(page.document, "pointermove", { pointerType: "mouse", clientX: x, clientY: 0, target: page.byId(id) });
  const holds = (/** @type {string} */ why) => {
    mock.timers.tick(10_000);
    assert.ok(!isQuiet(), why);
  };
  const fades = () => {
    mock.timers.tick(4_000);
    assert.ok(isQuiet());
    chrome.wake();
  };
  move("toolbar", 50);
  holds("the mouse is on the bar");
  move("stage", 100);
  fades();
  panels.toggle("view");
  holds("a panel is open");
  panels.close();
  fades();
  page.byId("toolbar").focus();
  holds("the bar has the focus");
  page.byId("toolbar").isFocused = false; // by a click of the mouse: no ring
  fades();
  move("stage", 101);
  mock.timers.tick(1_000);
  move("stage", 102);
  mock.timers.tick(1_500);
  assert.ok(isQuiet(), "a trembling mouse wakes nothing");
});

test("one panel is open at most; Escape closes it and gives the focus back; so does a click on the picture", () => {
  const { page, panels } = scene();
  const openIds = () => ["view", "talk", "keys"].filter((name) => !page.byId(`panel-${name}`).hidden);
  fire(page.byId("tool-view"), "click");
  assert.deepEqual([openIds(), page.document.activeElement?.id], [["view"], "panel-view"]);
  fire(page.byId("tool-talk"), "click");
  assert.deepEqual([openIds(), page.document.activeElement?.id], [["talk"], "line"]);
  assert.equal(page.byId("tool-talk").getAttribute("aria-expanded"), "true");
  fire(page.document, "keydown", { key: "Escape" });
  assert.deepEqual([openIds(), page.document.activeElement?.id, page.byId("tool-talk").getAttribute("aria-expanded")], [[], "tool-talk", "false"]);
  panels.toggle("keys");
  fire(page.byId("panel-keys").querySelector(".close"), "click");
  assert.deepEqual([openIds(), page.document.activeElement?.id], [[], "tool-more"], "its own button is in a closed panel");
  panels.toggle("view");
  fire(page.byId("stage"), "pointerdown");
  assert.deepEqual(openIds(), []);
});
