// @ts-check
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { fire, installPage } from "./fakes/page.js";

const { Room } = await import("../../src/samescreen/viewer/app/room.js");
const { Texts } = await import("../../src/samescreen/viewer/app/texts.js");
const { GLANCE_MS, Tiles } = await import("../../src/samescreen/viewer/app/room/tiles.js");
const { PeopleList } = await import("../../src/samescreen/viewer/app/room/people.js");

const BOX = { x: 0, y: 0, width: 100, height: 60 };
const FACE = { name: "Ann", words: "", isTalking: false, act: null };

class FakeViewer extends EventTarget {
  /** @type {any[][]} */ calls = [];
  /** @param {string} stream @param {string} quality */
  constructor(stream, quality) {
    super();
    Object.assign(this, { stream, quality });
  }
  setStream = (/** @type {string} */ stream) => void this.calls.push(["stream", stream]);
  setQuality = (/** @type {string} */ quality) => void this.calls.push(["quality", quality]);
  setPaused = (/** @type {boolean} */ isPaused) => void this.calls.push(["paused", isPaused]);
  setPass = (/** @type {string} */ pass) => void this.calls.push(["pass", pass]);
  close = () => void this.calls.push(["close"]);
  /** @param {string} name @param {object} detail */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
  /** What was called since the last look. */
  get news() {
    return this.calls.splice(0);
  }
}

function tiles() {
  const page = installPage();
  /** @type {FakeViewer[]} */ const viewers = [];
  /** @type {string[]} */ const picked = [];
  const box = page.document.createElement("div");
  const made = new Tiles(/** @type {any} */ (box), {
    texts: new Texts("en"),
    newViewer: (_canvas, stream, quality) => {
      viewers.push(new FakeViewer(stream, quality));
      return /** @type {any} */ (viewers.at(-1));
    },
    newCursor: () => ({ attach: () => {} }),
    onPick: (stream) => picked.push(stream),
    onAct: (stream) => picked.push(`act ${stream}`),
  });
  /** @param {string[]} streams @param {string[]} [glances] */
  const show = (streams, glances = []) =>
    made.show(streams.map((stream) => ({ place: { stream, box: BOX }, wish: { stream, quality: "low", isGlance: glances.includes(stream) }, face: FACE })));
  return { box, made, viewers, picked, show };
}

test("each tile is a viewer of its own, and one that has no place any more turns to a stream that has", () => {
  const { box, viewers, show } = tiles();
  show(["a", "b", "c"]);
  assert.deepEqual([viewers.length, box.children.length], [3, 3]);
  for (const viewer of viewers) viewer.news;
  show(["a", "d", "c"]);
  assert.equal(viewers.length, 3, "no further connection");
  assert.deepEqual(viewers.map(({ news }) => news.filter(([what]) => what === "stream")), [[], [["stream", "d"]], []]);
  show(["c"]);
  assert.deepEqual(viewers.map(({ news }) => news.filter(([what]) => what === "close").length), [1, 1, 0], "what nobody sees is closed");
  assert.equal(box.children.length, 1);
});

test("a tile goes back to its own stream after the host has shown everybody another", () => {
  const { viewers, show } = tiles();
  show(["a"]);
  viewers[0].news;
  const streams = [{ stream: "a" }, { stream: "x" }];
  viewers[0].emit("streams", { streams, watching: "x" });
  viewers[0].emit("streams", { streams, watching: "a" });
  viewers[0].emit("streams", { streams: [{ stream: "x" }], watching: "x" });
  assert.deepEqual(viewers[0].news, [["stream", "a"]]);
});

test("a glance is one picture, a rest, and another one; between them nothing is said about waiting", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { viewers, show, box } = tiles();
  show(["a"], ["a"]);
  const [viewer] = viewers;
  assert.deepEqual(viewer.news, [["paused", false]]);
  viewer.emit("state", { state: "live", reason: "live" });
  mock.timers.tick(500);
  assert.deepEqual(viewer.news, [["paused", true]]);
  viewer.emit("state", { state: "waiting", reason: "paused" });
  assert.equal(box.children[0].children[1].hidden, true);
  mock.timers.tick(GLANCE_MS);
  assert.deepEqual(viewer.news, [["paused", false]]);
  mock.timers.tick(3_000);
  assert.deepEqual(viewer.news, [["paused", true]], "a picture that does not come is not waited for");
  show(["a"]);
  assert.deepEqual(viewer.news, [["paused", false]], "video from now on");
  mock.timers.tick(60_000);
  assert.deepEqual(viewer.news, []);
  mock.timers.reset();
});

test("a tile says what its stream lacks, and a click chooses it", () => {
  const { viewers, show, box, picked } = tiles();
  show(["a"]);
  const [picture, state, pick] = box.children[0].children;
  viewers[0].emit("state", { state: "lost", reason: "lost" });
  assert.deepEqual([state.hidden, state.textContent], [false, "The picture went away"]);
  viewers[0].emit("size", { width: 400, height: 300 });
  assert.equal(picture.style["--ratio"], String(4 / 3));
  fire(pick, "click");
  assert.deepEqual(picked, ["a"]);
});

/** @param {any} around @param {string[]} log */
function door(around, log, fails = 0) {
  class Table {
    constructor() {
      log.push("open");
    }
    take(/** @type {any} */ news) {
      log.push(Object.keys(news).join());
    }
  }
  return new Room(around, async () => {
    if (fails-- > 0) throw new TypeError("gone");
    return /** @type {any} */ ({ Table });
  });
}

const ONE = /** @type {any} */ ({ streams: [{ stream: "a", name: "A", track: 0 }], watching: "a" });
const TWO = /** @type {any} */ ({ ...ONE, streams: [...ONE.streams, { stream: "b", name: "B", track: 1 }] });
const roster = (/** @type {number} */ people, others = 0) =>
  /** @type {any} */ ({ type: "roster", you: 1, people: Array.from({ length: people }, (_, n) => ({ person: n + 1 })), others, forward: "", kept: [] });

test("whoever watches the only stream alone loads nothing; a second stream or person opens the room", async () => {
  /** @type {string[]} */ const log = [];
  const room = door({}, log);
  room.take("streams", ONE);
  room.take("roster", roster(1));
  await Promise.resolve();
  assert.deepEqual(log, []);
  room.take("streams", TWO);
  await new Promise(setImmediate);
  room.take("roster", roster(2));
  assert.deepEqual(log, ["open", "streams,roster", "streams,roster"]);
  /** @type {string[]} */ const others = [];
  door({}, others).take("roster", roster(1, 1));
  await new Promise(setImmediate);
  assert.deepEqual(others, ["open", "roster"]);
});

test("code that did not load is asked for again, and a wall of one picture never asks", async () => {
  /** @type {string[]} */ const log = [];
  const room = door({}, log, 1);
  room.take("streams", TWO);
  await new Promise(setImmediate);
  assert.deepEqual(log, []);
  room.take("streams", TWO);
  await new Promise(setImmediate);
  assert.deepEqual(log, ["open", "streams"]);
  /** @type {string[]} */ const kiosk = [];
  door(null, kiosk).take("streams", TWO);
  await new Promise(setImmediate);
  assert.deepEqual(kiosk, []);
});

test("the list says who talks, is muted, is the host, is the reader, and only shows; a button makes a stream large", () => {
  installPage();
  /** @type {string[]} */ const picked = [];
  const list = new PeopleList(new Texts("en"), (stream) => picked.push(stream));
  const person = { person: 1, name: "Ann", host: false, voice: 1, muted: false, shows: ["cam"], watches: true };
  const people = [person, { ...person, person: 2, name: "", host: true, voice: 2, muted: true, shows: [] }, { ...person, person: 3, name: "", voice: 0, shows: ["gone"], watches: false }];
  list.show({ type: "roster", you: 1, people, others: 3, forward: "", kept: [] }, new Set([1, 2]), new Map([["cam", "Ann · camera"]]));
  const [title, rows, others] = /** @type {any} */ (list.element).children;
  assert.deepEqual([title.textContent, others.textContent], ["3 people take part", "3 others watch"]);
  const words = rows.children.map((/** @type {any} */ row) => row.children[0].children.map((/** @type {any} */ part) => part.children.join()).join(": "));
  assert.deepEqual(words, ["Ann: you · talks", "Host: muted by the host", "Person 3: shows only"]);
  const [button] = rows.children[0].children.slice(1);
  assert.deepEqual(button.children, ["camera"]);
  fire(button, "click");
  assert.deepEqual([picked, rows.children[2].children.length], [["cam"], 1], "a stream that this page may not see has no button");
});
