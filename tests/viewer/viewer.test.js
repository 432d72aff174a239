// @ts-check
// The public object, with a worker that the test speaks for; and without one, on the page's own thread.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

// Loaded here, so that a viewer without a worker does not wait for it.
import "../../src/samescreen/viewer/receiver.js";
import "../../src/samescreen/viewer/shared_workers.js";
import { FakeVideoDecoder, settled } from "./fakes/codecs.js";
import { FakeHost } from "./fakes/host.js";
import { installPage } from "./fakes/page.js";
import { FakeWorker } from "./fakes/worker.js";

installPage();
const { loadWorker, startEarly } = await import("../../src/samescreen/viewer/loader.js");
const { Viewer } = await import("../../src/samescreen/viewer/viewer.js");
const none = FakeWorker.newest;
/** @type {() => void} */ let answer = () => {};
startEarly(new Promise((resolve) => (answer = () => resolve(undefined))));
const delayed = FakeWorker.newest;
answer();
await settled();
const early = FakeWorker.newest;

/** @type {{close: () => void}[]} */ let viewers = [];
afterEach(() => {
  for (const viewer of viewers) viewer.close();
  viewers = [];
  mock.timers.reset();
});

/** Where pictures are drawn, by a context that writes nothing down. @param {boolean} isShownAtOnce */
const contextOf = (isShownAtOnce) => ({
  getContextAttributes: () => ({ desynchronized: isShownAtOnce }),
  save() {}, beginPath() {}, rect() {}, clip() {}, drawImage() {}, restore() {},
});

/** A viewer whose worker is loaded. @param {object} [options] @param {{href?: string, isShownAtOnce?: boolean}} [like] */
async function scene(options = {}, { href, isShownAtOnce = false } = {}) {
  const page = installPage({ href });
  const canvas = page.byId("screen");
  canvas.context = contextOf(isShownAtOnce);
  page.document.createElement = () => Object.assign(canvas.cloneNode(), { context: contextOf(isShownAtOnce) });
  const viewer = new Viewer(canvas, options);
  viewers.push(viewer);
  FakeWorker.newest.emit("ready");
  await settled();
  const worker = FakeWorker.newest;
  return { page, canvas, viewer, worker };
}

test("the first worker loads before anybody asks, once what is more urgent has come", () => {
  assert.deepEqual([none, delayed], [undefined, undefined]);
  assert.notEqual(early, undefined);
});

test("the first viewer takes that worker, later ones load when they are wanted", async () => {
  const first = loadWorker();
  assert.equal(FakeWorker.newest, early);
  early.emit("ready");
  assert.equal(await first, early);
  const second = loadWorker();
  assert.notEqual(FakeWorker.newest, early);
  FakeWorker.newest.emit("ready");
  assert.equal(await second, FakeWorker.newest);
});

test("a worker that fails, or has not loaded after four seconds, is given up", async () => {
  const failing = loadWorker();
  FakeWorker.newest.onerror?.();
  assert.equal(await failing, null);
  mock.timers.enable({ apis: ["setTimeout"] });
  const silent = loadWorker();
  mock.timers.tick(4000);
  assert.equal(await silent, null);
  assert.ok(FakeWorker.newest.isTerminated);
});

test("a worker that has loaded stays, whatever fails in it later", async () => {
  const { worker } = await scene();
  worker.onerror?.();
  assert.ok(!worker.isTerminated);
});

test("the start hands the worker the canvas and all it needs to know; hidden and listen follow", async () => {
  const { worker } = await scene({ stream: "cam", pass: "p", decoder: "wasm" }, { href: "https://host/a/b?x#y" });
  const [{ surface, options }, transfer] = worker.posted[0];
  assert.deepEqual(transfer, [surface]);
  assert.ok(surface.offscreen);
  const { visit, ...rest } = options;
  assert.equal(visit, "", "no host has welcomed this page yet");
  assert.deepEqual(rest, {
    url: "wss://host/a/ws", decoder: "wasm", paint: null, remembered: null, stream: "cam", quality: "auto", pass: "p", seal: null, picturesOnly: false, hidden: false,
    drawsCursor: false,
  });
  assert.deepEqual(worker.commands, [["setHidden", false], ["listen", null]]);
});

test("the visit of a welcome stays inside the module: later viewers of the page show it, and no event has it", async () => {
  const first = await scene();
  /** @type {object[]} */ const welcomes = [];
  first.viewer.addEventListener("welcome", (event) => welcomes.push(/** @type {CustomEvent} */ (event).detail));
  first.worker.emit({ event: "welcome", detail: { host: "desk", viewer: "v1", visit: "secret" } });
  assert.deepEqual(welcomes, [{ host: "desk", viewer: "v1" }]);
  const second = await scene();
  assert.equal(second.worker.posted[0][0].options.visit, "secret");
  second.worker.emit({ event: "welcome", detail: { host: "desk", viewer: "v2", visit: "newer" } });
  const third = await scene();
  assert.equal(third.worker.posted[0][0].options.visit, "newer", "a restarted host gives another");
});

test("where the page itself is quicker to paint, the worker gets a port instead of the canvas", async () => {
  const { worker } = await scene({}, { isShownAtOnce: true });
  const [{ surface }, transfer] = worker.posted[0];
  assert.ok(surface instanceof MessagePort);
  assert.deepEqual(transfer, [surface]);
  surface.close();
});

test("every method of the viewer is a command to the worker", async () => {
  const { page, viewer, worker } = await scene();
  viewer.retry();
  viewer.setDecoder("jpeg");
  viewer.setStream("cam");
  viewer.setPass("p");
  page.document.hidden = true;
  page.document.dispatchEvent(new Event("visibilitychange"));
  page.window.dispatchEvent(new Event("online"));
  page.window.dispatchEvent(new Event("pageshow"));
  assert.deepEqual(worker.commands.slice(2), [
    ["retry"], ["setDecoder", "jpeg"], ["setStream", "cam"], ["setPass", "p"], ["setHidden", true], ["retry"], ["retry"],
  ]);
  viewer.close();
  page.window.dispatchEvent(new Event("online"));
  viewer.retry();
  assert.deepEqual(worker.commands.slice(9), [["close"]]);
});

test("events of the worker become the viewer's own; sound stays inside; after the close nothing is dispatched", async () => {
  const { viewer, worker } = await scene();
  /** @type {any[]} */ const seen = [];
  for (const name of ["size", "sound"]) viewer.addEventListener(name, (event) => seen.push([name, /** @type {CustomEvent} */ (event).detail]));
  const push = mock.method(viewer.sound, "push", () => {});
  worker.emit({ event: "size", detail: { width: 1, height: 2 } });
  worker.emit({ event: "sound", detail: { ptsUs: 3 } });
  assert.deepEqual(seen, [["size", { width: 1, height: 2 }]]);
  assert.deepEqual(push.mock.calls[0].arguments, [{ ptsUs: 3 }]);
  viewer.close();
  worker.emit({ event: "size", detail: { width: 3, height: 4 } });
  assert.equal(seen.length, 1);
});

test("there is a snapshot once something was painted", async () => {
  const { canvas, viewer, worker } = await scene();
  assert.equal(await viewer.snapshot(), null);
  worker.emit({ event: "firstpaint", detail: { atMs: 1 } });
  const bitmap = mock.method(globalThis, "createImageBitmap");
  await viewer.snapshot();
  assert.equal(/** @type {unknown} */ (bitmap.mock.calls[0].arguments[0]), canvas);
});

test("nothing starts before `after` resolves; what is set meanwhile counts, and a viewer closed by then ends its worker", async () => {
  let letIn = () => {};
  const after = new Promise((/** @type {(value: void) => void} */ resolve) => (letIn = resolve));
  const { viewer, worker } = await scene({ after });
  const other = await scene({ after });
  assert.equal(worker.posted.length, 0);
  viewer.setPass("late");
  other.viewer.close();
  letIn();
  await settled();
  assert.equal(worker.posted[0][0].options.pass, "late");
  assert.ok(other.worker.isTerminated);
  assert.equal(other.worker.posted.length, 0);
});

test("without a worker the same receiver runs on the page's own thread", async () => {
  const host = new FakeHost();
  Object.assign(globalThis, { WebSocket: function (/** @type {string} */ url) {
    return host.around.open(url, []);
  } });
  const page = installPage();
  const canvas = page.byId("screen");
  canvas.context = contextOf(false);
  const viewer = new Viewer(canvas);
  viewers.push(viewer);
  /** @type {string[]} */ const states = [];
  viewer.addEventListener("state", (event) => states.push(/** @type {CustomEvent} */ (event).detail.state));
  FakeWorker.newest.onerror?.();
  for (let turn = 0; turn < 200 && host.websockets.length === 0; turn += 1) await settled();
  host.newest.open();
  assert.equal(host.received("hello").length, 1);
  assert.deepEqual(states, ["connecting"]);
  assert.ok(FakeVideoDecoder.newest);
});

test("without a worker, a viewer that is closed while its receiver loads opens no connection", async () => {
  for (let turns = 0; turns < 12; turns += 1) {
    const host = new FakeHost();
    Object.assign(globalThis, { WebSocket: function (/** @type {string} */ url) {
      return host.around.open(url, []);
    } });
    const canvas = installPage().byId("screen");
    canvas.context = contextOf(false);
    const viewer = new Viewer(canvas);
    for (let turn = 0; turn < 4; turn += 1) await settled();
    FakeWorker.newest.onerror?.();
    for (let turn = 0; turn < turns; turn += 1) await null;
    viewer.close();
    for (let turn = 0; turn < 10; turn += 1) await settled();
    assert.ok(host.websockets.every(({ readyState }) => readyState === 3), `closed after ${turns} turns`);
  }
});

test("small pictures share one worker: each gets a place there, and its commands and events stay its own", async () => {
  const before = FakeWorker.made.length;
  const page = installPage();
  const canvas = page.byId("screen");
  canvas.context = contextOf(false);
  page.document.createElement = () => Object.assign(canvas.cloneNode(), { context: contextOf(false) });
  const surfaces = [1, 2].map(() => new MessageChannel().port1); // in place of a canvas, which node cannot transfer
  const canvases = surfaces.map((surface) => Object.assign(canvas.cloneNode(), { transferControlToOffscreen: () => surface }));
  const made = canvases.map((each, n) => new Viewer(each, { picturesOnly: true, stream: `s${n + 1}` }));
  viewers.push(...made);
  await settled();
  const worker = FakeWorker.newest;
  worker.emit("ready");
  await settled();
  await settled();
  assert.equal(FakeWorker.made.length, before + 1);
  const places = worker.posted.map(([{ place }, transfer]) => (assert.deepEqual(transfer, [place]), /** @type {MessagePort} */ (place)));
  assert.equal(places.length, 2);
  /** @type {any[][]} */ const came = [[], []];
  for (const [n, place] of places.entries()) place.onmessage = ({ data }) => void came[n].push(data);
  const heard = new Promise((resolve) => made[1].addEventListener("you", resolve, { once: true }));
  places[1].postMessage({ event: "you", detail: {} });
  await heard;
  made[0].setStream("other");
  made[0].close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  for (const place of places) place.close();
  assert.deepEqual(came.map(([start]) => start.options.stream), ["s1", "s2"]);
  assert.deepEqual(came.map((messages) => messages.slice(1).map(({ command }) => command).filter((name) => name !== "setHidden" && name !== "listen")), [["setStream", "close"], []]);
});
