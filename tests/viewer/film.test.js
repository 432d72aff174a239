// @ts-check
// Film from the decoder's frames to the element and back to the canvas, with a page's end that the test speaks for.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { Film } from "../../src/samescreen/viewer/video/film.js";
import { FilmElement } from "../../src/samescreen/viewer/video/film_element.js";
import { Painter } from "../../src/samescreen/viewer/video/painter.js";
import { settled } from "./fakes/codecs.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Region} Region */

const [width, height] = [64, 48];
const CONFIG = /** @type {any} */ ({ width, height });
const FRAME_US = 33_333;

afterEach(() => mock.timers.reset());

/** Frames, and how many of them are open. */
function film() {
  const seen = { open: 0, twice: 0 };
  class Frame {
    isOpen = true;
    visibleRect = { x: 0, y: 0, width, height };
    /** @param {number} timestamp */
    constructor(timestamp) {
      this.timestamp = timestamp;
      seen.open += 1;
    }
    clone() {
      return new Frame(this.timestamp);
    }
    /** @param {Uint8Array} bytes */
    async copyTo(bytes) {
      assert.ok(this.isOpen);
      bytes.forEach((_, at) => (bytes[at] = at % 251));
    }
    close() {
      if (this.isOpen) seen.open -= 1;
      else seen.twice += 1;
      this.isOpen = false;
    }
  }
  return { Frame, seen };
}

/** A film and the painter below it, on one log: what the canvas and the element show, and what is asked of the page. */
function scene() {
  mock.timers.enable({ apis: ["setInterval"] });
  const { Frame, seen } = film();
  const log = /** @type {string[]} */ ([]);
  const clock = { nowUs: 1_000_000, sink: /** @type {"works"|"breaks"} */ ("works"), lost: 0, painted: 0 };
  const screen = {
    sendFilm: (/** @type {any} */ step) => void log.push(step.act === "cover" ? `cover from ${step.fromUs}` : step.act),
    flush: () => {},
    onFilm: (/** @type {any} */ _news) => {},
  };
  const surface = { width, height, isReady: true, shownUs: 0, onReady: () => {}, onBlank: () => {}, resize: () => {}, flush: () => {}, close: () => {} };
  const rectangles = (/** @type {Region[]} */ regions) => regions.map(({ x, y, width, height }) => `${x},${y} ${width}×${height}`).join(" ");
  const planes = { paint: (/** @type {any} */ _s, /** @type {any} */ _p, /** @type {any} */ _c, /** @type {Region[]} */ regions) => log.push(`repaint ${rectangles(regions)}`) };
  const painter = new Painter(/** @type {any} */ (surface), () => (clock.painted += 1), () => {}, () => clock.nowUs, () => made.ended());
  const made = new Film(screen, /** @type {any} */ (planes), { onReturn: (picture) => painter.repaint(picture), onLost: () => (clock.lost += 1) }, () => clock.nowUs);
  const writable = () =>
    new WritableStream({
      write(frame) {
        if (clock.sink === "breaks") throw new Error("gone");
        frame.close();
        log.push(`element ${frame.timestamp}`);
      },
    });
  let count = 0;
  /** @param {Region[]} [damage] @returns {boolean} whether the element took it */
  const frame = (damage = []) => {
    clock.nowUs += FRAME_US;
    count += 1;
    const one = new Frame(count);
    const packet = /** @type {any} */ ({ rendition: 0, sequence: count, ptsUs: count });
    const isFilm = made.take(/** @type {any} */ (one), packet, CONFIG, damage);
    one.close();
    const paint = () => log.push(`canvas ${count}`);
    painter.show({ rendition: 0, sequence: count, ptsUs: count, decodeUs: 0, width, height, damage, isFilm, paint, close: () => {} });
    return isFilm;
  };
  const play = async (/** @type {number} */ frames) => {
    for (; frames > 0; frames -= 1) {
      frame();
      await settled();
    }
  };
  const reachFilm = async () => {
    await play(47);
    screen.onFilm({ is: "writable", writable: writable() });
    await play(2);
    screen.onFilm({ is: "warm" });
    await play(1);
    screen.onFilm({ is: "covered" });
    log.length = 0;
  };
  const close = () => {
    made.close();
    painter.close();
  };
  return { film: made, painter, screen, clock, log, seen, writable, frame, play, reachFilm, close };
}

test("the canvas shows every picture until the element shows one; then the element alone, in step", async () => {
  const { screen, log, writable, play, seen, close } = scene();
  await play(47);
  assert.equal(log.at(-2), "open");
  assert.equal(log.at(-1), "canvas 47", "nothing waits for the page");
  log.length = 0;
  screen.onFilm({ is: "writable", writable: writable() });
  await play(2);
  assert.deepEqual(log.sort(), ["canvas 48", "canvas 49", "element 48", "element 49"]);
  log.length = 0;
  screen.onFilm({ is: "warm" });
  await play(2);
  assert.deepEqual(log, ["element 50", "cover from 50", "element 51"]);
  screen.onFilm({ is: "covered" });
  close();
  assert.deepEqual([seen.open, seen.twice], [0, 0]);
});

test("at rest the canvas gets the last picture before the element goes, and only where it changed", async () => {
  const { clock, log, seen, frame, reachFilm, close } = scene();
  await reachFilm();
  frame([{ x: 0, y: 0, width, height }]);
  await settled();
  const painted = clock.painted;
  log.length = 0;
  clock.nowUs += 300_000;
  mock.timers.tick(300);
  await settled();
  assert.deepEqual(log, ["repaint 0,0 64×48", "end"]);
  assert.equal(clock.painted, painted, "it was counted when the element showed it");
  close();
  assert.deepEqual([seen.open, seen.twice], [0, 0]);
});

test("what lies beside the film keeps its refined pixels", async () => {
  const { film, log, play, frame, screen, writable, close } = scene();
  const most = [{ x: 0, y: 0, width, height: 44 }];
  await play(1); // the canvas is whole
  for (let count = 0; count < 47; count += 1) {
    frame(most);
    await settled();
  }
  screen.onFilm({ is: "writable", writable: writable() });
  screen.onFilm({ is: "warm" });
  assert.ok(frame(most));
  await settled();
  film.leave();
  await settled();
  assert.deepEqual(log.slice(-2), ["repaint 0,0 64×44", "end"]);
  close();
});

test("a picture that comes while film ends is painted with all that the canvas lacks, and nothing older after it", async () => {
  const { film, log, frame, reachFilm, seen, close } = scene();
  await reachFilm();
  film.leave();
  assert.ok(!frame([{ x: 1, y: 1, width: 2, height: 2 }]));
  await settled();
  assert.ok(["repaint 0,0 64×48,end,canvas 51", "canvas 51,end"].includes(log.join()), log.join());
  close();
  assert.deepEqual([seen.open, seen.twice], [0, 0]);
});

test("a refinement piece waits until the canvas has the video below it", async () => {
  const { film, painter, log, reachFilm, close } = scene();
  await reachFilm();
  const damage = [{ x: 8, y: 8, width: 8, height: 8 }];
  film.leave();
  painter.expectPiece(/** @type {any} */ ({ sequence: 900, ptsUs: 50, damage }));
  painter.showPiece(/** @type {any} */ ({ sequence: 900, ptsUs: 50, width, height, damage, paint: () => log.push("piece"), close: () => {} }));
  await settled();
  assert.deepEqual(log, ["repaint 0,0 64×48", "end", "piece"]);
  close();
});

test("a blanked picture goes at once, and nothing of it is painted again", async () => {
  const { film, painter, log, reachFilm, seen, close } = scene();
  await reachFilm();
  film.drop();
  painter.blank();
  await settled();
  assert.deepEqual(log, ["end"]);
  film.leave();
  await settled();
  assert.deepEqual(log, ["end"]);
  close();
  assert.deepEqual([seen.open, seen.twice], [0, 0]);
});

test("while the canvas is held, or after it was asked for, no element takes a picture", async () => {
  const { screen, log, play, reachFilm, close } = scene();
  await reachFilm();
  screen.onFilm({ is: "uncover" });
  await settled();
  assert.deepEqual(log, ["repaint 0,0 64×48", "end"]);
  screen.onFilm({ is: "held", on: true });
  log.length = 0;
  await play(200);
  assert.ok(log.every((line) => line.startsWith("canvas")));
  close();
});

test("an element that does not answer, or whose sink breaks, is given up after two tries; each frame is closed", async () => {
  const { screen, clock, log, seen, writable, play, close } = scene();
  await play(47);
  clock.nowUs += 100_000;
  mock.timers.tick(100);
  for (let tick = 0; tick < 25; tick += 1) {
    await play(3);
    mock.timers.tick(100);
  }
  assert.ok(log.includes("end"), "it never answered");
  await play(200);
  clock.sink = "breaks";
  assert.equal(log.filter((line) => line === "open").length, 2);
  screen.onFilm({ is: "writable", writable: writable() });
  await play(1);
  assert.equal(log.filter((line) => line === "end").length, 2);
  await play(400);
  assert.equal(log.filter((line) => line === "open").length, 2, "never again");
  close();
  assert.deepEqual([seen.open, seen.twice], [0, 0]);
});

test("a page without the element says so once", async () => {
  const { screen, log, play, close } = scene();
  await play(47);
  screen.onFilm({ is: "failed" });
  await play(400);
  assert.equal(log.filter((line) => line === "open").length, 1);
  close();
});

/** The page's end, in a page that is two fakes. */
function page() {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {((now: number, metadata: {mediaTime: number}) => void)[]} */ const callbacks = [];
  const video = {
    style: { cssText: "" }, dataset: /** @type {Record<string, string>} */ ({}), className: "", isThere: false,
    setAttribute() {}, play: async () => {}, remove: () => (video.isThere = false),
    requestVideoFrameCallback: (/** @type {any} */ callback) => callbacks.push(callback),
  };
  const track = { writable: {}, isStopped: false, stop: () => (track.isStopped = true) };
  const canvas = { style: { cssText: "left: 3px;" }, className: "placed", after: () => (video.isThere = true) };
  const moved = { now: () => {}, isWatched: false };
  Object.assign(globalThis, {
    document: { createElement: () => video },
    MediaStream: class {},
    MediaStreamTrackGenerator: function () {
      return track;
    },
    MutationObserver: class {
      constructor(/** @type {() => void} */ callback) {
        moved.now = callback;
      }
      observe = () => (moved.isWatched = true);
      disconnect = () => (moved.isWatched = false);
    },
  });
  /** @type {any[]} */ const news = [];
  const element = new FilmElement(/** @type {any} */ (canvas));
  element.attach((one) => news.push(one.is));
  const present = (/** @type {number} */ timeUs) => callbacks.splice(0).forEach((callback) => callback(0, { mediaTime: timeUs / 1e6 }));
  return { element, video, track, canvas, moved, news, present };
}

test("the element lies below the canvas, as the canvas lies, until it shows what the canvas does not", () => {
  const { element, video, canvas, moved, news, present } = page();
  element.follow({ act: "open" });
  assert.deepEqual([video.isThere, video.style.cssText, video.className], [true, "left: 3px;", "film placed"]);
  canvas.style.cssText = "left: 5px;";
  moved.now();
  assert.equal(video.style.cssText, "left: 5px;");
  present(100);
  assert.deepEqual(news, ["writable", "warm"]);
  present(200);
  element.follow({ act: "cover", fromUs: 300 });
  present(299);
  assert.ok(!("above" in video.dataset), "the canvas has shown a newer one");
  present(300);
  assert.ok("above" in video.dataset);
  assert.equal(news.at(-1), "covered");
});

test("a removed element is stopped once nobody can see it, and whoever waited for the canvas goes on", async () => {
  const { element, video, track, moved, news } = page();
  await element.uncover(); // nothing covers it
  element.follow({ act: "open" });
  const uncovered = element.uncover();
  assert.equal(news.at(-1), "uncover");
  element.follow({ act: "end" });
  await uncovered;
  assert.deepEqual([video.isThere, moved.isWatched, track.isStopped], [false, false, false]);
  mock.timers.tick(500);
  assert.ok(track.isStopped);
});
