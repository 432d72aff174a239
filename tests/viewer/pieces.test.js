// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Pieces, without } from "../../src/samescreen/viewer/video/pieces.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Region} Region */

/** @type {(x: number, y: number, width: number, height: number) => Region} */
const at = (x, y, width, height) => ({ x, y, width, height });
const PLACE = at(10, 10, 20, 10);

/** @param {number} sequence */
function pictureOf(sequence) {
  const picture = { sequence, closed: 0, close: () => (picture.closed += 1) };
  return /** @type {any} */ (picture);
}

/** One piece, decoded. @param {number} ptsUs */
function arrived(ptsUs, damage = [PLACE]) {
  const pieces = new Pieces();
  pieces.expect({ sequence: 1, ptsUs, damage });
  return { pieces, picture: pictureOf(1) };
}

test("what is left outside another place is exactly that", () => {
  let seed = 5;
  const random = (/** @type {number} */ below) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  const holds = (/** @type {Region[]} */ regions, /** @type {number} */ x, /** @type {number} */ y) =>
    regions.filter((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height).length;
  for (let round = 0; round < 300; round += 1) {
    const [whole, cover] = [0, 1].map(() => at(random(12), random(12), 1 + random(12), random(12)));
    const left = without([whole], cover);
    for (let y = 0; y < 24; y += 1)
      for (let x = 0; x < 24; x += 1)
        assert.equal(holds(left, x, y), holds([whole], x, y) && !holds([cover], x, y) ? 1 : 0, JSON.stringify({ whole, cover }));
  }
});

test("a piece waits for the video it belongs to", () => {
  const { pieces, picture } = arrived(500);
  pieces.outdate(500, [PLACE]);
  pieces.decoded(picture);
  assert.deepEqual(pieces.take(499), []);
  assert.deepEqual(pieces.take(500), [{ picture, regions: [PLACE] }]);
  assert.deepEqual(pieces.take(500), [], "painted once");
});

test("a video elsewhere, however much later, leaves it as it is", () => {
  const { pieces, picture } = arrived(500);
  for (let ptsUs = 501; ptsUs < 560; ptsUs += 1) pieces.outdate(ptsUs, [at(100, 0, 50, 50)]);
  pieces.decoded(picture);
  assert.deepEqual(pieces.take(559), [{ picture, regions: [PLACE] }]);
});

test("where later video was decoded the piece is of the past, before it was decoded or after", () => {
  for (const isLate of [false, true]) {
    const { pieces, picture } = arrived(500);
    if (!isLate) pieces.decoded(picture);
    pieces.outdate(501, [at(0, 0, 20, 99)]);
    if (isLate) pieces.decoded(picture);
    assert.deepEqual(pieces.take(501)[0].regions, [at(20, 10, 10, 10)]);
  }
  const { pieces, picture } = arrived(500);
  pieces.outdate(501, []);
  pieces.decoded(picture);
  assert.deepEqual(pieces.take(501)[0].regions, []);
});

test("one that is never decoded is forgotten, and none is left open", () => {
  const { pieces, picture } = arrived(500);
  pieces.expect({ sequence: 2, ptsUs: 500, damage: [PLACE] });
  const second = pictureOf(2);
  pieces.decoded(second);
  pieces.decoded(picture);
  assert.equal(picture.closed, 1);
  assert.equal(pieces.take(500).length, 1);
  pieces.expect({ sequence: 3, ptsUs: 900, damage: [PLACE] });
  const third = pictureOf(3);
  pieces.decoded(third);
  pieces.clear();
  assert.equal(third.closed, 1);
  assert.deepEqual(pieces.take(900), []);
});
