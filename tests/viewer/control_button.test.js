// @ts-check
// The button that asks for mouse and keyboard, and the line that says who acts.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { ControlButton } from "../../src/samescreen/viewer/app/control.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { en } from "../../src/samescreen/viewer/app/texts/en.js";
import { fire, installPage } from "./fakes/page.js";

const MINE = { type: "control", state: "mine", by: "Ann", cause: "" };

const MINE_LINE = `${en["control.mine"]} · Ctrl+Alt+Shift gives them back`;

function button() {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = installPage();
  const ask = mock.fn();
  /** @type {any[]} */ const made = [];
  const newHands = (/** @type {any} */ surfaces, /** @type {any} */ size) => {
    const hands = { surfaces, size, track: 0, resize: mock.fn(), doubt: mock.fn(), renew: mock.fn(), close: mock.fn() };
    made.push(hands);
    return /** @type {any} */ (hands);
  };
  const control = new ControlButton(new Texts("en"), ask, newHands);
  const line = () => (page.byId("control-line").hidden ? null : page.byId("control-line").textContent);
  const label = () => page.byId("tool-control").getAttribute("aria-label");
  return { page, control, ask, made, line, label, click: () => fire(page.byId("tool-control"), "click"), done: () => mock.timers.reset() };
}

test("the button is there for those who may act or may ask", (t) => {
  const { page, control, label, done } = button();
  t.after(done);
  const isShown = () => !page.byId("tool-control").hidden;
  assert.equal(isShown(), false);
  control.granted({ grants: ["watch"], may_ask: ["control"] });
  assert.deepEqual([isShown(), label()], [true, en["control.ask"]]);
  control.granted({ grants: ["watch", "control"] });
  assert.deepEqual([isShown(), label()], [true, en["control.take"]]);
  control.granted({ grants: ["watch"] });
  assert.equal(isShown(), false);
});

test("who asks waits, and acts as soon as the host has said yes", (t) => {
  const { page, control, ask, made, line, click, done } = button();
  t.after(done);
  control.granted({ grants: [], may_ask: ["control"] });
  click();
  assert.deepEqual(ask.mock.calls[0].arguments, [["control"]]);
  control.asked({ grants: ["control"], state: "waits" });
  assert.deepEqual([line(), page.byId("tool-control").disabled, made.length], [en["control.waits"], true, 0]);
  control.granted({ grants: ["control"] });
  control.asked({ grants: ["control"], state: "given" });
  assert.equal(made.length, 1);
  assert.notEqual(line(), en["control.given"], "it has them already");
  assert.equal(page.byId("tool-control").disabled, false);
});

test("on a new connection one may ask again, and nobody else acts until the host says so", (t) => {
  const { page, control, line, done } = button();
  t.after(done);
  control.granted({ grants: [], may_ask: ["control"] });
  control.asked({ grants: ["control"], state: "waits" });
  control.welcomed();
  assert.deepEqual([line(), page.byId("tool-control").disabled], [null, false]);
  control.acting({ on: true, by: "Ann", program: false });
  control.welcomed();
  assert.equal(line(), null);
});

test("a no is said for a while, and one may ask again", (t) => {
  const { page, control, line, click, done } = button();
  t.after(done);
  control.granted({ grants: [], may_ask: ["control"] });
  click();
  control.asked({ grants: ["control"], state: "waits" });
  control.asked({ grants: ["control"], state: "no" });
  assert.deepEqual([line(), page.byId("tool-control").disabled], [en["control.no"], false]);
  mock.timers.tick(4000);
  assert.equal(line(), null);
});

test("the line says who acts, and for a while why something was not carried out", (t) => {
  const { page, control, made, line, label, click, done } = button();
  t.after(done);
  control.granted({ grants: ["control"] });
  control.resize({ width: 640, height: 480 });
  control.follow({ streams: [{ stream: "s", name: "S", track: 7 }], watching: "s" });
  control.setPass("p");
  click();
  const [hands] = made;
  assert.deepEqual([hands.size, hands.track, hands.surfaces.pass], [{ width: 640, height: 480 }, 7, "p"]);
  const told = (/** @type {object} */ news) => hands.surfaces.onControl({ ...MINE, ...news });
  told({ state: "held", by: "Ann" });
  assert.deepEqual([line(), control.isActing], [en["control.held"].replace("{n}", "Ann"), false]);
  told({ state: "mine" });
  assert.deepEqual([line(), label(), control.isActing, page.root.dataset.control], [MINE_LINE, en["control.give-back"], true, "mine"]);
  told({ state: "mine", cause: "covered" });
  assert.equal(line(), en["control.covered"]);
  mock.timers.tick(4000);
  assert.equal(line(), MINE_LINE);
  told({ state: "off" });
  mock.timers.tick(4000);
  assert.equal(line(), null);
});

test("what the host gives and takes by hand is said for a while, but not what holds from the start", (t) => {
  const { control, line, click, done } = button();
  t.after(done);
  control.granted({ grants: ["control"] });
  assert.equal(line(), null);
  click();
  control.granted({ grants: ["watch"] });
  assert.equal(line(), en["control.ended"]);
  control.granted({ grants: ["watch", "control"] });
  assert.equal(line(), en["control.given"]);
  mock.timers.tick(4000);
  assert.equal(line(), null);
});

test("a break of the picture's connection is one of the hands too, from the next welcome on", (t) => {
  const { control, made, click, done } = button();
  t.after(done);
  control.granted({ grants: ["control"] });
  click();
  control.lost();
  assert.deepEqual([made[0].doubt.mock.callCount(), made[0].renew.mock.callCount()], [1, 0]);
  control.welcomed();
  assert.equal(made[0].renew.mock.callCount(), 1);
});

test("control ends by the button, by the host, and with the grant", (t) => {
  const { page, control, made, click, done } = button();
  t.after(done);
  control.granted({ grants: ["control"] });
  click();
  click();
  click();
  made[1].surfaces.onEnd();
  click();
  control.granted({ grants: ["watch"] });
  assert.deepEqual(made.map(({ close }) => close.mock.callCount()), [1, 1, 1]);
  assert.deepEqual([control.isActing, page.root.dataset.control], [false, ""]);
});
