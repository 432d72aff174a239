// @ts-check
// The panel that shows something of the reader's own: who sees the button, why nothing can be shown, and one sentence for each end.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { duration } from "../../src/samescreen/viewer/app/onair.js";
import { Panels } from "../../src/samescreen/viewer/app/panels.js";
import { ENDINGS } from "../../src/samescreen/viewer/app/shares.js";
import { ShowPanel } from "../../src/samescreen/viewer/app/show.js";
import { TEXTS, Texts } from "../../src/samescreen/viewer/app/texts.js";
import { NoCapture, refusalOf } from "../../src/samescreen/viewer/publish/capture.js";
import { fire, installPage } from "./fakes/page.js";

class FakePublication {
  /** @type {FakePublication[]} */ static all = [];
  state = "live";
  seen = { viewers: 1, names: ["Bob"], recorded: false };
  startedMs = performance.now();
  isPaused = false;
  /** @param {any} shown @param {any} events */
  constructor(shown, events) {
    this.shown = shown;
    this.events = events;
    this.name = shown.name;
    FakePublication.all.push(this);
  }
  stop() {
    this.events.onEnd("stopped");
  }
  pause = mock.fn();
  setPass = mock.fn();
  drawInto() {}
}

/** @param {{isSecure?: boolean, media?: object, load?: () => Promise<any>}} [given] */
function scene({ isSecure = true, media, load = async () => /** @type {any} */ ({ Publication: FakePublication }) } = {}) {
  const page = installPage();
  FakePublication.all = [];
  const track = { stop: mock.fn() };
  const stream = { getVideoTracks: () => [track] };
  const devices = media ?? { getDisplayMedia: mock.fn(async () => stream), getUserMedia: mock.fn(async () => stream), enumerateDevices: async () => [] };
  Object.assign(navigator, { mediaDevices: isSecure ? devices : undefined });
  Object.defineProperty(globalThis, "isSecureContext", { value: isSecure, configurable: true });
  const around = { pass: () => "a-pass", goSecure: mock.fn(), askFor: mock.fn(), say: mock.fn(), load };
  const panels = new Panels();
  const panel = new ShowPanel(new Texts("en"), panels, around);
  const said = () => around.say.mock.calls.map((call) => call.arguments[0]);
  return { page, panel, panels, around, devices: /** @type {any} */ (devices), track, said };
}

test("the button is there for those who may, the question for those who may ask, nothing for others", () => {
  const { page, panel } = scene();
  const seen = (/** @type {any} */ news) => (panel.granted(news), [page.byId("tool-show").hidden, page.byId("tool-show-ask").hidden]);
  assert.deepEqual(seen({ grants: ["watch"] }), [true, true]);
  assert.deepEqual(seen({ grants: ["watch"], may_ask: ["publish"] }), [true, false]);
  assert.deepEqual(seen({ grants: ["watch", "publish"] }), [false, true]);
});

test("a yes of the host opens the panel, so that the click comes after the grant", () => {
  const { page, panel, panels, around, said } = scene();
  panel.granted({ grants: ["watch"], may_ask: ["publish"] });
  fire(page.byId("tool-show-ask"), "click");
  assert.deepEqual(around.askFor.mock.calls[0].arguments, [["publish"]]);
  panel.asked({ state: "waits" });
  assert.ok(page.byId("tool-show-ask").disabled);
  panel.granted({ grants: ["watch", "publish"] });
  panel.asked({ state: "given" });
  assert.deepEqual([panels.open, said()], ["show", ["control.waits", "show.given"]]);
  panel.granted({ grants: ["watch"] });
  assert.equal(panels.open, "");
});

test("the browser is asked in the click itself, before anything else", async () => {
  const { page, panel, devices } = scene();
  panel.granted({ grants: ["publish"] });
  panel.named({ name: "Ann" });
  fire(page.byId("show-screen"), "click");
  assert.equal(devices.getDisplayMedia.mock.callCount(), 1, "no await came before");
  await settled();
  const [publication] = FakePublication.all;
  assert.deepEqual([publication.shown.name, publication.shown.pass, publication.shown.url], ["Ann · screen", "a-pass", "ws://host:9000/ws/publish"]);
  assert.ok(!page.byId("onair").hidden);
  publication.stop();
  assert.ok(page.byId("onair").hidden);
});

test("one screen and one camera at once, and the same stream after a reload", async () => {
  const { page, devices } = scene();
  for (const kind of ["screen", "screen", "camera"]) fire(page.byId(`show-${kind}`), "click");
  await settled();
  assert.deepEqual([devices.getDisplayMedia.mock.callCount(), devices.getUserMedia.mock.callCount(), FakePublication.all.length], [1, 1, 2]);
  const { stream } = FakePublication.all[0].shown;
  FakePublication.all[0].stop();
  fire(page.byId("show-screen"), "click");
  await settled();
  assert.equal(FakePublication.all[2].shown.stream, stream);
  for (const each of FakePublication.all) each.stop();
});

for (const [name, key] of [["NotAllowedError", "show.end.denied"], ["NotFoundError", "show.end.none"], ["NotReadableError", "show.end.busy"], ["TypeError", "show.end.failed"]])
  test(`${name} is one sentence, and the button works again`, async () => {
    const error = Object.assign(new Error("x"), { name });
    const { page, said } = scene({ media: { getUserMedia: async () => Promise.reject(error), getDisplayMedia: async () => Promise.reject(error) } });
    fire(page.byId("show-camera"), "click");
    await settled();
    assert.deepEqual([said(), page.byId("show-camera").disabled, FakePublication.all.length], [[key], false, 0]);
  });

test("code that does not load ends the track that the browser has given already", async () => {
  const { page, track, said } = scene({ load: async () => Promise.reject(new TypeError("offline")) });
  fire(page.byId("show-camera"), "click");
  await settled();
  assert.deepEqual([track.stop.mock.callCount(), said()], [1, ["show.end.failed"]]);
});

test("every end but the person's own has its sentence in both languages", () => {
  for (const [why, key] of Object.entries(ENDINGS)) {
    if (["stopped", "left"].includes(why)) assert.equal(key, null);
    else for (const words of Object.values(TEXTS)) assert.ok(key !== null && words[/** @type {keyof typeof words} */ (key)], why);
  }
});

test("through plain http the panel says why not, and leads to https on the same port", () => {
  const { page, panels, around } = scene({ isSecure: false });
  panels.toggle("show");
  assert.deepEqual([page.byId("show-screen").disabled, page.byId("show-camera").disabled, page.byId("show-secure").hidden], [true, true, false]);
  assert.equal(page.byId("show-note").textContent, TEXTS.en["show.insecure"]);
  fire(page.byId("show-secure-link"), "click");
  assert.equal(around.goSecure.mock.callCount(), 1);
});

test("a phone that cannot share its screen still offers the camera", () => {
  const { page, panels } = scene({ media: { getUserMedia: async () => {} } });
  panels.toggle("show");
  assert.deepEqual([page.byId("show-screen").disabled, page.byId("show-camera").disabled], [true, false]);
  assert.equal(page.byId("show-note").textContent, TEXTS.en["show.no-screens"]);
});

test("refusals of capture keep their reason, and times are read as minutes", () => {
  assert.equal(refusalOf(new NoCapture("no-screens")), "no-screens");
  assert.deepEqual([duration(0), duration(61_500), duration(3_600_000 + 5_000)], ["0:00", "1:01", "1:00:05"]);
});

async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
