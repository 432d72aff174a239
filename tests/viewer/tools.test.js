// @ts-check
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { artOf } from "../../src/samescreen/viewer/app/art.js";
import { Kiosk } from "../../src/samescreen/viewer/app/kiosk.js";
import { curveOf } from "../../src/samescreen/viewer/app/minute.js";
import { linkOf } from "../../src/samescreen/viewer/app/pass_on.js";
import { TEXTS } from "../../src/samescreen/viewer/app/texts.js";
import { PictureTools, fileName } from "../../src/samescreen/viewer/app/tools.js";
import { placeOf } from "../../src/samescreen/viewer/activity.js";
import { readFileSync } from "node:fs";
import { settled } from "./fakes/codecs.js";
import { fire, installPage } from "./fakes/page.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

test("a pause goes to the viewer, and to the one after it; the button on the picture ends it", () => {
  const page = installPage();
  const setPaused = mock.fn();
  const tools = new PictureTools(() => /** @type {any} */ ({ setPaused }), /** @type {any} */ ({}), () => "");
  tools.togglePause();
  tools.reopened();
  assert.deepEqual([page.byId("resume").hidden, page.byId("tool-pause").getAttribute("aria-pressed")], [false, "true"]);
  fire(page.byId("resume"), "click");
  assert.deepEqual(setPaused.mock.calls.map(({ arguments: [isPaused] }) => isPaused), [true, true, false]);
  assert.ok(page.byId("resume").hidden);
});

test("what cannot be saved or shown small is said in words", async () => {
  installPage();
  const notice = { show: mock.fn() };
  const viewer = { snapshot: async () => null, canvas: {} };
  const tools = new PictureTools(() => /** @type {any} */ (viewer), /** @type {any} */ (notice), () => "");
  await tools.save();
  await tools.toggleSmallWindow();
  assert.deepEqual(notice.show.mock.calls.map(({ arguments: [key] }) => key), ["notice.no-snapshot", "notice.no-pip"]);
});

test("a second click while the small window opens opens no other one", async () => {
  const page = installPage();
  const stop = mock.fn();
  const made = mock.fn(() => Object.assign(new EventTarget(), { play: async () => {}, requestPictureInPicture: async () => {} }));
  const exitPictureInPicture = mock.fn(async () => {});
  Object.assign(page.document, { pictureInPictureEnabled: true, createElement: made, exitPictureInPicture });
  const viewer = { setPaused: () => {}, holdCanvas: mock.fn(), canvas: { captureStream: () => ({ getTracks: () => [{ stop }] }) } };
  const tools = new PictureTools(() => /** @type {any} */ (viewer), /** @type {any} */ ({}), () => "");
  await Promise.all([tools.toggleSmallWindow(), tools.toggleSmallWindow()]);
  assert.equal(made.mock.callCount(), 1);
  tools.togglePause();
  assert.equal(exitPictureInPicture.mock.callCount(), 0);
  tools.reopened();
  assert.equal(exitPictureInPicture.mock.callCount(), 1, "it would show a canvas that nobody paints any more");
  made.mock.calls[0].result?.dispatchEvent(new Event("leavepictureinpicture"));
  assert.deepEqual([stop.mock.callCount(), viewer.holdCanvas.mock.calls.map((call) => call.arguments[0])], [1, [true, false]]);
  await tools.toggleSmallWindow();
  assert.equal(made.mock.callCount(), 2, "closed, it can be opened again");
});

test("a saved picture is named after stream and time, and any system takes the name", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5);
  assert.equal(fileName("Screen 1", at), "Screen 1 2026-01-02 03.04.05.png");
  assert.equal(fileName('a/b\\c:"d"\n', at), "a b c d 2026-01-02 03.04.05.png");
  assert.equal(fileName("", at), "Samescreen 2026-01-02 03.04.05.png");
});

test("a curve ends at the right edge, is cut off at the top, and has gaps where nothing is known", () => {
  assert.equal(curveOf([], 30), "");
  assert.equal(curveOf([0, 30, 60], 30), "M115.9 27.0L118.0 1.0L120.0 1.0");
  assert.equal(curveOf([15, null, 15], 30), "M115.9 14.0M120.0 14.0");
  assert.ok(curveOf(Array.from({ length: 60 }, () => 1), 30).startsWith("M0.0 "));
});

test("the link that is passed on has the secret where the page knows it, and none of the reader's own choices", () => {
  assert.equal(linkOf("http://h:9000/screen/?lang=zh&kiosk=1#x", "abc"), "http://h:9000/screen/#token=abc");
  assert.equal(linkOf("http://h:9000/?lang=zh", null), "http://h:9000/");
  assert.equal(linkOf("https://h/#seal=k-_1", "abc"), "https://h/#token=abc&seal=k-_1");
  assert.equal(linkOf("https://h/#seal=k", null), "https://h/#seal=k");
});

test("a wall has keys for the streams, and loads itself again after what is otherwise final", () => {
  const page = installPage();
  const step = mock.fn();
  assert.deepEqual(new Kiosk(false).keys(step), {});
  const kiosk = new Kiosk(true);
  assert.ok(page.root.classList.contains("kiosk"));
  const keys = kiosk.keys(step);
  keys.arrowright();
  keys.arrowup();
  assert.deepEqual(step.mock.calls.map(({ arguments: [by] }) => by), [1, -1]);
  const shown = (/** @type {any} */ state) => ({ state, reason: "", detail: "", retryAtMs: null });
  kiosk.follow(shown("failed"));
  kiosk.follow(shown("live"));
  mock.timers.tick(60_000);
  assert.equal(page.location.reload.mock.callCount(), 0);
  kiosk.follow(shown("failed"));
  mock.timers.tick(30_000);
  assert.equal(page.location.reload.mock.callCount(), 1);
});

test("every reason of the card has a picture that the page holds, and every picture is used", async () => {
  await settled();
  const html = readFileSync(new URL("../../src/samescreen/viewer/index.html", import.meta.url), "utf8");
  const drawn = new Set([...html.matchAll(/<symbol id="art-(\w+)"/gu)].map(([, name]) => name));
  const reasons = Object.keys(TEXTS.en).filter((key) => key.endsWith(".title")).map((key) => key.slice(0, -".title".length));
  const used = new Set(["key", ...reasons.map(artOf)]);
  assert.deepEqual([...used].filter((name) => !drawn.has(name)), []);
  assert.deepEqual([...drawn].filter((name) => !used.has(name)), []);
});

test("the smallest change is where to look, unless nothing small changed", () => {
  const picture = { width: 100, height: 100 };
  assert.equal(placeOf([], picture), null);
  assert.equal(placeOf([{ x: 0, y: 0, width: 100, height: 50 }, { x: 0, y: 0, width: 0, height: 0 }], picture), null);
  assert.deepEqual(placeOf([{ x: 10, y: 10, width: 20, height: 20 }, { x: 80, y: 40, width: 4, height: 8 }], picture), { x: 0.82, y: 0.44 });
});
