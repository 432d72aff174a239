// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { PATIENCE_MS, largeOf, wishesOf } from "../../src/samescreen/viewer/app/room/choice.js";
import { MOST_TILES, VIEWS, cells, layoutOf } from "../../src/samescreen/viewer/app/room/layout.js";
import { Turns } from "../../src/samescreen/viewer/app/room/turns.js";

/** @typedef {import("../../src/samescreen/viewer/app/room/layout.js").Box} Box */

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 640 };
const UPRIGHT = [PHONE, { width: 800, height: 1280 }];
const ROOMS = [DESKTOP, { width: 2560, height: 1300 }, { width: 640, height: 360 }, ...UPRIGHT];
const streams = (/** @type {number} */ count) => Array.from({ length: count }, (_, n) => `s${n}`);

/** @param {Box} a @param {Box} b */
const overlap = (a, b) => a.x + 0.01 < b.x + b.width && b.x + 0.01 < a.x + a.width && a.y + 0.01 < b.y + b.height && b.y + 0.01 < a.y + a.height;

test("in every view and room, places lie in the room, apart from each other, and one of them is the large one", () => {
  for (const room of ROOMS)
    for (const view of VIEWS)
      for (const count of [1, 2, 3, 5, 6, 12, 30, 45])
        for (const page of [0, 1, 99]) {
          const { places, large, page: at, pages } = layoutOf(view, streams(count), "s2", page, room);
          const where = `${view} of ${count} on page ${page} in ${room.width}`;
          assert.ok(places.some(({ stream }) => stream === large), where);
          assert.equal(new Set(places.map(({ stream }) => stream)).size, places.length, where);
          assert.ok(at >= 0 && at < pages && places.length <= MOST_TILES, where);
          for (const { box } of places) {
            assert.ok(box.x >= -0.01 && box.y >= -0.01 && box.width > 0 && box.height > 0, where);
            assert.ok(box.x + box.width <= room.width + 0.01 && box.y + box.height <= room.height + 0.01, where);
          }
          for (const [n, one] of places.entries()) for (const other of places.slice(n + 1)) assert.ok(!overlap(one.box, other.box), where);
        }
});

test("the pages together have every stream, each once, whichever view turns them", () => {
  for (const view of /** @type {const} */ (["grid", "speaker", "side"])) {
    const all = streams(40);
    const { pages } = layoutOf(view, all, "s0", 0, PHONE);
    const seen = Array.from({ length: pages }, (_, page) => layoutOf(view, all, "s0", page, PHONE).places.map(({ stream }) => stream)).flat();
    assert.ok(pages > 1);
    assert.deepEqual(new Set(seen), new Set(all), view);
  }
});

test("without streams there are no places, and one stream has the whole room in every view", () => {
  for (const view of VIEWS) {
    assert.deepEqual(layoutOf(view, [], "gone", 0, DESKTOP), { places: [], large: "", page: 0, pages: 1 });
    assert.deepEqual(layoutOf(view, ["a"], "gone", 0, DESKTOP).places, [{ stream: "a", box: { x: 0, y: 0, ...DESKTOP } }]);
  }
});

test("a wall of thirty fits on a desktop in one page; a phone turns pages", () => {
  assert.deepEqual(layoutOf("grid", streams(30), "s0", 0, DESKTOP).pages, 1);
  const phone = layoutOf("grid", streams(30), "s0", 0, PHONE);
  assert.ok(phone.pages > 1 && phone.places.length >= 8);
  assert.ok(phone.places.every(({ box }) => box.width >= 150));
});

test("a page of the grid without the large one begins with it: it never stands where nobody sees it", () => {
  const { places, large } = layoutOf("grid", streams(30), "s0", 1, PHONE);
  assert.equal(large, places[0].stream);
});

test("the tiles of a grid are as large as they can be, and a short last row stands in the middle", () => {
  assert.deepEqual(cells(4, DESKTOP).map(({ x, y }) => [x, y]), [[0, 0], [642, 0], [0, 402], [642, 402]]);
  assert.deepEqual(cells(3, DESKTOP).map(({ x, y }) => [x, y]), [[0, 0], [642, 0], [321, 402]]);
  assert.equal(new Set(cells(2, PHONE).map(({ x }) => x)).size, 1, "upright: one above the other");
});

test("the large one of the speaker view has most of the room; halves are halves", () => {
  for (const room of ROOMS) {
    const { places } = layoutOf("speaker", streams(5), "s1", 0, room);
    const box = /** @type {Box} */ (places.find(({ stream }) => stream === "s1")?.box);
    assert.ok(box.width * box.height > 0.6 * room.width * room.height, `${room.width}`);
    assert.deepEqual(places.map(({ stream }) => stream), [...places.map(({ stream }) => stream)].sort(), "tiles stay where they were");
    const [one, other] = layoutOf("side", streams(5), "s1", 1, room).places;
    assert.deepEqual([one.stream, other.stream], ["s1", "s2"]);
    assert.deepEqual([one.box.width, one.box.height], [other.box.width, other.box.height]);
  }
});

test("upright, the strip of the speaker view stands above the bar of tools", () => {
  for (const room of UPRIGHT)
    for (const { stream, box } of layoutOf("speaker", streams(4), "s0", 0, room).places)
      assert.ok(box.y + box.height <= room.height - 76, `${stream} at ${room.width}`);
});

const facts = { streams: ["a", "b", "c"], before: "a", pinned: "", talking: [], own: [] };

test("whoever talks for a while is large, and stays so while they talk; a pin comes before that", () => {
  const talking = [{ shows: ["b"], sinceMs: 1000 }];
  assert.equal(largeOf({ ...facts, talking }, 1000 + PATIENCE_MS - 1), "a");
  assert.equal(largeOf({ ...facts, talking }, 1000 + PATIENCE_MS), "b");
  const two = [{ shows: ["c"], sinceMs: 0 }, ...talking];
  assert.equal(largeOf({ ...facts, before: "b", talking: two }, 9000), "b");
  assert.equal(largeOf({ ...facts, before: "b", talking: [] }, 9000), "b", "silence moves nothing");
  assert.equal(largeOf({ ...facts, pinned: "c", talking }, 9000), "c");
  assert.equal(largeOf({ ...facts, pinned: "gone", talking }, 9000), "b");
});

test("one's own picture never becomes large by one's own voice, and what has ended gives way", () => {
  const talking = [{ shows: ["b"], sinceMs: 0 }];
  assert.equal(largeOf({ ...facts, talking, own: ["b"] }, 9000), "a");
  assert.equal(largeOf({ ...facts, before: "gone" }, 9000), "a");
  assert.equal(largeOf({ ...facts, streams: [], before: "gone" }, 9000), "");
});

const page = { chosen: /** @type {const} */ ("auto"), path: /** @type {const} */ ("webcodecs"), ratio: 1 };

test("small tiles ask for half size, the large one and wide ones for what the reader chose", () => {
  const speaker = layoutOf("speaker", streams(5), "s1", 0, DESKTOP);
  assert.deepEqual(wishesOf("speaker", speaker, page).map(({ stream, quality }) => [stream, quality]), [
    ["s0", "low"], ["s1", "auto"], ["s2", "low"], ["s3", "low"], ["s4", "low"],
  ]);
  const grid = layoutOf("grid", streams(6), "s0", 0, DESKTOP);
  assert.ok(wishesOf("grid", grid, page).every(({ quality, isGlance }) => quality === "low" && !isGlance));
  const halves = layoutOf("side", streams(2), "s0", 0, DESKTOP);
  assert.deepEqual(wishesOf("side", halves, { ...page, ratio: 2 }).map(({ quality }) => quality), ["auto", "auto"]);
  assert.deepEqual(wishesOf("side", halves, { ...page, chosen: "full" }).map(({ quality }) => quality), ["full", "low"]);
});

test("what a page cannot decode at once gets a picture now and then; the large one never", () => {
  const wall = layoutOf("grid", streams(30), "s29", 0, DESKTOP);
  const glances = (/** @type {any} */ how) => wishesOf("grid", wall, { ...page, ...how }).filter(({ isGlance }) => isGlance).length;
  assert.deepEqual([glances({}), glances({ path: "wasm" }), glances({ path: "jpeg" }), glances({ chosen: "low" })], [13, 25, 29, 25]);
  assert.equal(wishesOf("grid", wall, { ...page, path: "jpeg" }).find(({ stream }) => stream === "s29")?.isGlance, false);
  const five = layoutOf("speaker", streams(5), "s0", 0, DESKTOP);
  assert.ok(wishesOf("speaker", five, { ...page, path: "wasm" }).every(({ isGlance }) => !isGlance), "four cameras and a screen, without WebCodecs");
});

test("turns keep since when each voice talks, and forget it when it is silent or muted", () => {
  const turns = new Turns();
  const speaker = (/** @type {number} */ number, talking = true, muted = false) => ({ speaker: number, name: "", talking, muted });
  const people = [1, 2].map((voice) => ({ person: voice, name: "", host: false, voice, muted: false, shows: [`s${voice}`], watches: true }));
  turns.heard([speaker(1)], 100);
  turns.heard([speaker(1), speaker(2)], 300);
  assert.deepEqual(turns.talking(people), [{ shows: ["s1"], sinceMs: 100 }, { shows: ["s2"], sinceMs: 300 }]);
  turns.heard([speaker(1, false), speaker(2, true, true)], 400);
  assert.deepEqual([turns.talking(people), turns.numbers.size], [[], 0]);
  turns.heard([speaker(1)], 500);
  assert.equal(turns.talking(people)[0].sinceMs, 500);
});
