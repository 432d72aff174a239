// @ts-check
// The panel that shows something of the reader's own: who sees the button, why nothing can be shown, and one sentence for each end.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { duration } from "../../src/samescreen/viewer/app/onair.js";
import { Panels } from "../../src/samescreen/viewer/app/panels.js";
import { ENDINGS, Shares } from "../../src/samescreen/viewer/app/shares.js";
import "../../src/samescreen/viewer/app/show_request.js"; // loaded before, so that its import takes a few turns only
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
  /** @param {string} name */
  rename(name) {
    this.name = name;
  }
  drawInto() {}
}

/** @param {{isSecure?: boolean, media?: object, load?: () => Promise<any>}} [given] */
function scene({ isSecure = true, media, load = async () => /** @type {any} */ ({ Publication: FakePublication }) } = {}) {
  const page = installPage();
  FakePublication.all = [];
  const track = { stop: mock.fn() };
  const stream = { getVideoTracks: () => [track], getAudioTracks: () => [] };
  const devices = media ?? { getDisplayMedia: mock.fn(async () => stream), getUserMedia: mock.fn(async () => stream), enumerateDevices: async () => [] };
  Object.assign(navigator, { mediaDevices: isSecure ? devices : undefined });
  Object.defineProperty(globalThis, "isSecureContext", { value: isSecure, configurable: true });
  const around = { pass: () => "a-pass", goSecure: mock.fn(), askFor: mock.fn(), say: mock.fn(), answer: mock.fn(), load };
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

test("a person and their streams have the same name or number, also when it changes", async () => {
  const { page, panel } = scene();
  fire(page.byId("show-screen"), "click");
  await settled();
  panel.listed({ you: 3 });
  fire(page.byId("show-camera"), "click");
  await settled();
  assert.deepEqual(FakePublication.all.map(({ name }) => name), ["Person 3 · screen", "Person 3 · camera"]);
  panel.named({ name: "Ann" });
  assert.deepEqual(FakePublication.all.map(({ name }) => name), ["Ann · screen", "Ann · camera"]);
  for (const each of FakePublication.all) each.stop();
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

/** @param {any} page */
function question(page) {
  return page.byId("messages").children.find((/** @type {any} */ each) => each.id === "show-request");
}

/** @param {"asked"|"accepted"|"over"} state @param {string} [by] */
const request = (state, by = "Ms. Lee") => /** @type {const} */ ({ type: "show-request", state, by });

/** The host asks, and the question is there. @param {ReturnType<typeof scene>} given */
async function asked({ page, panel }) {
  panel.granted({ grants: ["watch"] });
  panel.requested(request("asked"));
  await settled();
  const [text, yes, no] = question(page).children;
  return { box: question(page), words: text.children.map((/** @type {any} */ each) => each.textContent), yes, no };
}

test("the host's question says who asks; a yes captures nothing, and opens the choice once the grant is there", async () => {
  const given = scene();
  const { page, panel, panels, around, devices } = given;
  const { box, words, yes } = await asked(given);
  assert.deepEqual([box.hidden, words[0], words[1]], [false, "Ms. Lee asks you to show your screen or camera here.", TEXTS.en["show.asked-note"]]);
  fire(yes, "click");
  assert.deepEqual([around.answer.mock.calls[0].arguments, panels.open], [["yes"], ""]);
  panel.granted({ grants: ["watch", "publish"] });
  panel.requested(request("accepted"));
  await settled();
  assert.deepEqual([box.hidden, panels.open, page.byId("show-note").textContent], [true, "show", TEXTS.en["show.note-host"]]);
  assert.equal(devices.getDisplayMedia.mock.callCount(), 0, "that needs a click of its own");
  fire(page.byId("show-screen"), "click");
  assert.equal(devices.getDisplayMedia.mock.callCount(), 1);
  await settled();
  FakePublication.all[0].stop();
  panel.granted({ grants: ["watch", "publish"] });
  panels.close();
  panels.toggle("show");
  assert.equal(page.byId("show-note").textContent, TEXTS.en["show.note"], "the host has set the rights anew");
});

test("the screen stays on while something is shown, and no longer", async () => {
  const { page, track } = scene();
  const wanted = mock.fn();
  const shares = new Shares(new Texts("en"), page.byId("onair"), { pass: () => null, say: () => {}, onChange: () => {}, load: async () => /** @type {any} */ ({ Publication: FakePublication }), wake: { want: wanted } });
  shares.start("camera");
  await settled();
  assert.deepEqual([FakePublication.all.length, track.stop.mock.callCount(), wanted.mock.calls.at(-1)?.arguments], [1, 0, [true]]);
  FakePublication.all[0].stop();
  assert.deepEqual(wanted.mock.calls.at(-1)?.arguments, [false]);
});

test("a no, or another end, takes the question away", async () => {
  const given = scene();
  const { box, no } = await asked(given);
  fire(no, "click");
  assert.deepEqual(given.around.answer.mock.calls[0].arguments, ["no"]);
  given.panel.requested(request("over"));
  await settled();
  assert.deepEqual([box.hidden, given.panels.open], [true, ""]);
});

test("a question stays on a new connection only if the host asks it again", async () => {
  const given = scene();
  const { box, yes } = await asked(given);
  fire(yes, "click");
  given.panel.asked({ state: "waits" });
  given.panel.welcomed();
  await settled();
  assert.deepEqual([box.hidden, given.page.byId("tool-show-ask").disabled], [true, false]);
  given.panel.requested(request("accepted"));
  await settled();
  assert.equal(given.panels.open, "show", "the yes was heard before the connection was lost");
});

test("without a name it is the host who asks, and a name is only text", async () => {
  const { page, panel } = scene();
  panel.requested(request("asked", ""));
  await settled();
  const first = () => question(page).children[0].children[0].textContent;
  assert.equal(first(), TEXTS.en["show.asked"]);
  panel.requested(request("asked", "$& <b>"));
  await settled();
  assert.equal(first(), "$& <b> asks you to show your screen or camera here.");
});

test("through plain http a yes goes on through https, where the choice opens by itself", async () => {
  const given = scene({ isSecure: false });
  const { words, yes } = await asked(given);
  assert.equal(words[1], TEXTS.en["show.insecure"]);
  fire(yes, "click");
  assert.deepEqual(given.around.answer.mock.calls[0].arguments, ["secure"]);
  assert.equal(given.around.goSecure.mock.callCount(), 0, "the host has not taken the yes yet");
  given.panel.requested(request("accepted"));
  await settled();
  assert.deepEqual([given.around.goSecure.mock.callCount(), given.panels.open], [1, ""]);
  const there = scene();
  there.panel.requested(request("accepted"));
  await settled();
  assert.equal(there.panels.open, "show");
});

test("a phone that cannot share its screen offers its camera", async () => {
  const given = scene({ media: { getUserMedia: async () => {} } });
  const { words, yes } = await asked(given);
  assert.deepEqual([words[1], yes.textContent], [TEXTS.en["show.no-screens"], TEXTS.en["show.yes-camera"]]);
  fire(yes, "click");
  assert.deepEqual(given.around.answer.mock.calls[0].arguments, ["camera"]);
});

test("a yes on one page of this person opens nothing on another", async () => {
  const given = scene();
  const { box } = await asked(given);
  given.panel.requested(request("accepted"));
  await settled();
  assert.deepEqual([box.hidden, given.panels.open], [true, ""]);
});

for (const [name, answer] of [["NotAllowedError", "denied"], ["NotReadableError", "failed"]])
  test(`after a yes the host learns of ${name} once`, async () => {
    const error = Object.assign(new Error("x"), { name });
    const given = scene({ media: { getDisplayMedia: async () => Promise.reject(error), getUserMedia: async () => Promise.reject(error) } });
    const { yes } = await asked(given);
    fire(yes, "click");
    given.panel.requested(request("accepted"));
    await settled();
    fire(given.page.byId("show-screen"), "click");
    await settled();
    assert.deepEqual(given.around.answer.mock.calls.map((call) => call.arguments[0]), ["yes", answer]);
    given.panel.requested(request("over"));
    await settled();
    fire(given.page.byId("show-screen"), "click");
    await settled();
    assert.equal(given.around.answer.mock.callCount(), 2);
  });

async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
