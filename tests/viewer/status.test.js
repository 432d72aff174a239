// @ts-check
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { StatusCard } from "../../src/samescreen/viewer/app/status.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { fire, installPage } from "./fakes/page.js";

/** @typedef {import("../../src/samescreen/viewer/state.js").Shown} Shown */

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function scene() {
  const page = installPage();
  const onRetry = mock.fn();
  const texts = new Texts("en");
  const card = new StatusCard(texts, onRetry);
  page.byId("status").hidden = true;
  /** @param {Partial<Shown>} shown */
  const show = (shown) => card.show(/** @type {Shown} */ ({ state: "reconnecting", reason: "reconnecting", detail: "", retryAtMs: null, ...shown }));
  const isShown = () => !page.byId("veil").hidden && !page.byId("status").hidden;
  const text = (/** @type {string} */ id) => (page.byId(id).hidden ? null : page.byId(id).textContent);
  return { page, card, texts, onRetry, show, isShown, text };
}

test("a picture that is back soon needs no words; one that is not gets them", () => {
  const { page, show, isShown, text } = scene();
  show({});
  assert.equal(page.root.dataset.state, "reconnecting");
  mock.timers.tick(300);
  show({ state: "live", reason: "live" });
  mock.timers.tick(1000);
  assert.ok(!isShown());
  show({});
  mock.timers.tick(350);
  assert.ok(isShown());
  assert.equal(text("status-title"), "Connection lost");
});

test("once it stands, other words come at once, and a live picture takes it away", () => {
  const { page, show, isShown, text } = scene();
  show({});
  mock.timers.tick(350);
  show({ state: "stopped", reason: "stopped" });
  mock.timers.tick(0);
  assert.equal(text("status-title"), "The host stopped sharing");
  show({ state: "live", reason: "live" });
  assert.ok(!isShown() && page.byId("veil").hidden);
});

test("at the login the card goes and the veil stays", () => {
  const { page, show } = scene();
  show({ state: "login", reason: "login" });
  assert.deepEqual([page.byId("status").hidden, page.byId("veil").hidden], [true, false]);
});

test("it counts down to the next try, then says that it is trying", () => {
  const { show, text } = scene();
  let nowMs = 0;
  mock.method(Date, "now", () => nowMs);
  show({ retryAtMs: 3000 });
  mock.timers.tick(350);
  assert.equal(text("retry-when"), "Next try in 3 s");
  nowMs = 1100;
  mock.timers.tick(250);
  assert.equal(text("retry-when"), "Next try in 2 s");
  nowMs = 3000;
  mock.timers.tick(250);
  assert.equal(text("retry-when"), "Trying…");
});

test("who can do something gets a button: try again, or reload; the host's own failures mend themselves", () => {
  for (const [state, reason, button] of /** @type {const} */ ([
    ["reconnecting", "reconnecting", "Try now"],
    ["stopped", "stopped", "Try now"],
    ["failed", "failed-decode", "Reload"],
    ["failed", "failed-source", null],
    ["failed", "failed-encoder", null],
    ["waiting", "waiting", null],
  ])) {
    const { page, onRetry, show, text } = scene();
    show({ state, reason });
    mock.timers.tick(350);
    assert.equal(text("retry") === null ? null : text("retry-now"), button, reason);
    fire(page.byId("retry-now"), "click");
    assert.equal(onRetry.mock.callCount(), state === "failed" ? 0 : 1);
    assert.equal(page.location.reload.mock.callCount(), state === "failed" ? 1 : 0);
  }
});

test("a known cause replaces the general words, only while the page tries to connect", () => {
  const { page, card, show, text } = scene();
  card.explain({ reason: "origin", detail: "seen", lines: ["one", "two"] });
  show({});
  mock.timers.tick(350);
  assert.equal(text("status-title"), "The proxy changes the Host header");
  assert.deepEqual([text("status-detail"), text("status-lines"), page.root.dataset.reason], ["seen", "one\ntwo", "origin"]);
  show({ state: "lost", reason: "lost", detail: "unplugged" });
  mock.timers.tick(0);
  assert.deepEqual([text("status-title"), text("status-detail"), text("status-lines")], ["The picture went away", "unplugged", null]);
  show({});
  mock.timers.tick(0);
  card.explain(null);
  assert.equal(text("status-title"), "Connection lost");
});

test("another language changes the card that stands there", () => {
  const { texts, show, text } = scene();
  show({});
  mock.timers.tick(350);
  texts.setLanguage("zh");
  assert.equal(text("status-title"), "连接已断开");
});
