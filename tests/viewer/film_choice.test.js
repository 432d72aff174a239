// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { FilmChoice, commonShare, coveredShare } from "../../src/samescreen/viewer/video/film_choice.js";

const SIZE = { width: 100, height: 50 };
const WHOLE = [{ x: 0, y: 0, ...SIZE }];
const PART = [{ x: 0, y: 0, width: 60, height: 50 }];

/** A choice, and pictures that come to it. */
function scene() {
  const choice = new FilmChoice();
  const seen = { nowUs: 5_000_000 };
  /** @param {number} seconds @param {{fps?: number, damage?: typeof WHOLE, common?: number}} [like] @returns {number|null} when film began */
  const play = (seconds, { fps = 30, damage = WHOLE, common = 0.1 } = {}) => {
    let beganAt = null;
    for (let count = 1; count <= seconds * fps; count += 1) {
      seen.nowUs += 1_000_000 / fps;
      choice.seen(damage, SIZE, seen.nowUs);
      choice.looked(common, seen.nowUs);
      if (choice.isFilm) beganAt ??= count / fps;
    }
    return beganAt;
  };
  const rest = (/** @type {number} */ seconds) => {
    seen.nowUs += seconds * 1_000_000;
    choice.tick(seen.nowUs);
  };
  return { choice, seen, play, rest };
}

test("whole pictures without a common colour are film after a second and a half", () => {
  const { choice, play } = scene();
  const beganAt = play(3);
  assert.ok(beganAt && beganAt >= 1.5 && beganAt < 1.6, String(beganAt));
  assert.ok(choice.isFilm);
});

test("a page of text that scrolls, a part of the screen and a slow show are no film", () => {
  for (const like of [{ common: 0.77 }, { damage: PART }, { fps: 8 }, { fps: 3 }])
    assert.equal(scene().play(20, like), null, JSON.stringify(like));
});

test("what changes beside film, such as a cursor, does not end it", () => {
  const { choice, seen, play } = scene();
  play(2);
  for (let count = 0; count < 20; count += 1) {
    play(1 / 30);
    choice.seen([{ x: 1, y: 1, width: 2, height: 2 }], SIZE, seen.nowUs);
  }
  assert.ok(choice.isFilm);
});

test("film ends at rest, when it turns slow, when a flat picture comes, and when somebody ends it", () => {
  for (const end of [
    (/** @type {ReturnType<typeof scene>} */ { rest }) => rest(0.26),
    (/** @type {ReturnType<typeof scene>} */ { play }) => play(1.5, { fps: 5 }),
    (/** @type {ReturnType<typeof scene>} */ { choice, seen }) => choice.looked(0.8, seen.nowUs),
    (/** @type {ReturnType<typeof scene>} */ { choice, seen }) => choice.end(seen.nowUs),
  ]) {
    const playing = scene();
    playing.play(2);
    assert.ok(playing.choice.isFilm);
    end(playing);
    assert.ok(!playing.choice.isFilm, String(end));
    assert.equal(playing.play(1), null, "not at once again");
  }
});

test("a scene that is a little flat neither begins nor ends film", () => {
  const { choice, play } = scene();
  assert.equal(play(5, { common: 0.4 }), null);
  play(2);
  play(5, { common: 0.4 });
  assert.ok(choice.isFilm);
});

test("content that alternates is changed over ever less often; a long film forgives that", () => {
  const { choice, play, rest } = scene();
  let begun = 0;
  for (let round = 0; round < 60; round += 1) {
    if (play(4) !== null) begun += 1;
    rest(1);
  }
  assert.ok(begun <= 3, `${begun} times in five minutes`);
  assert.ok(play(60) !== null && choice.isFilm);
  rest(1);
  const again = play(3);
  assert.ok(again && again < 1.6);
});

test("the share that damage covers, and the share that one brightness has", () => {
  assert.equal(coveredShare([], SIZE), 1);
  assert.equal(coveredShare(PART, SIZE), 0.6);
  assert.equal(coveredShare([{ x: 0, y: 0, width: 0, height: 0 }], SIZE), 0);
  const planes = { bytes: new Uint8Array(112 * 50 * 1.5).fill(235), width: 112, height: 50 };
  assert.equal(commonShare(planes, SIZE), 1);
  planes.bytes.fill(16, 0, 112 * 25);
  assert.ok(Math.abs(commonShare(planes, SIZE) - 0.5) < 0.02);
  planes.bytes.forEach((_, at) => (planes.bytes[at] = (at * 37) % 256));
  assert.ok(commonShare(planes, SIZE) < 0.1);
});
