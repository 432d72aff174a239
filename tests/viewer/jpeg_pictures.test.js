// @ts-check
// JPEG files in place of video: one at a time, no more than are wanted, smaller where the way up is thin, and none at rest.

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { JpegPictures } from "../../src/samescreen/viewer/publish/jpeg_pictures.js";
import { Stills } from "../../src/samescreen/viewer/publish/stills.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
let nowMs = 1_000;

beforeEach(() => {
  nowMs = 1_000;
  mock.method(performance, "now", () => nowMs);
});
afterEach(() => mock.restoreAll());

/** @param {number} [width] */
const frameOf = (width = 800) => /** @type {VideoFrame} */ (/** @type {unknown} */ ({ displayWidth: width, displayHeight: 600, timestamp: nowMs * 1000, close() {} }));

/** @param {{bitrateBps?: number, bytes?: number}} [given] */
function scene({ bitrateBps = 4_000_000, bytes = 1_000 } = {}) {
  /** @type {number[]} */ const qualities = [];
  const way = { hasRoom: true, bitrateBps };
  const file = { bytes };
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const configs = [];
  const out = {
    picture: (/** @type {any} */ made) => sent.push(made),
    config: (/** @type {any[]} */ ...given) => configs.push(given),
    hasRoom: () => way.hasRoom,
    bitrateBps: () => way.bitrateBps,
    giveUp: () => assert.fail("nothing can be lost"),
  };
  /** @type {any} */ let take;
  /** @type {VideoFrame|null} */ let newest = null;
  const frames = { latest: () => newest, isSlow: () => false, stop: mock.fn() };
  const canvas = (/** @type {any} */ size) => ({
    ...size,
    getContext: () => ({ drawImage() {} }),
    convertToBlob: async (/** @type {any} */ { quality }) => (qualities.push(Math.round(quality * 100)), new Blob([new Uint8Array(file.bytes)])),
  });
  const pictures = new JpegPictures(/** @type {any} */ ({}), out, (_, given) => ((take = given), frames), (send) => new Stills(send, canvas, 15));
  const came = async (/** @type {number} */ afterMs = 100, /** @type {VideoFrame} */ frame = frameOf()) => {
    nowMs += afterMs;
    newest = frame;
    take(frame);
    for (let turn = 0; turn < 4; turn += 1) await settled();
  };
  return { pictures, sent, configs, qualities, way, file, frames, came };
}

/** @type {any} */ const WANT = { renditions: [2], keyframes: [2], targets: [], stills: { quality: 80, fps: 15 }, paused: false, still_bytes: 0, quality: null };
/** @type {any} */ const IDLE = { ...WANT, renditions: [], keyframes: [], stills: null, paused: true };
const BOUNDS = { long_side: 1920, short_side: 1080 };

test("nothing is made before it is granted and wanted, or when it is not any more", async () => {
  const { pictures, sent, came } = scene();
  await came();
  pictures.granted(BOUNDS);
  await came();
  assert.equal(sent.length, 0);
  pictures.want(WANT);
  await settled();
  await came();
  assert.ok(sent.length > 0);
  const before = sent.length;
  pictures.want(IDLE);
  await came();
  pictures.lost();
  await came();
  assert.equal(sent.length, before);
});

test("the size is said first, and not a second time", async () => {
  const { pictures, sent, configs, came } = scene();
  pictures.granted(BOUNDS);
  pictures.want(WANT);
  await came(100, frameOf(801));
  await came(100, frameOf(801));
  assert.deepEqual(configs, [[2, { width: 800, height: 600 }, 15]]);
  assert.deepEqual(sent.map((each) => [each.kind, each.rendition, each.isKeyframe]), [[2, 2, true], [2, 2, true]]);
  await came(100, frameOf(640));
  assert.equal(configs.length, 1, "not so soon");
  await came(3_000, frameOf(640));
  assert.deepEqual(configs[1][1], { width: 640, height: 600 });
});

test("no more come than are wanted in a second, and the last one comes later", async () => {
  const { pictures, sent, came } = scene();
  pictures.granted(BOUNDS);
  pictures.want({ ...WANT, stills: { quality: 80, fps: 5 } });
  for (let count = 0; count < 20; count += 1) await came(50);
  assert.ok(sent.length >= 4 && sent.length <= 6, `${sent.length}`);
  const before = sent.length;
  nowMs += 250;
  pictures.refresh();
  await settled(), await settled();
  pictures.refresh();
  await settled();
  assert.ok(sent.length <= before + 1);
  assert.ok(sent.at(-1).ptsUs > sent[0].ptsUs);
});

test("at rest the newest frame is sent once for somebody who comes, and not again", async () => {
  const { pictures, sent, came } = scene();
  pictures.granted(BOUNDS);
  pictures.want(WANT);
  await came();
  nowMs += 5_000;
  for (let count = 0; count < 5; count += 1) (pictures.refresh(), await settled());
  const before = sent.length;
  pictures.want(WANT);
  await settled(), await settled();
  assert.equal(sent.length, before + 1);
});

test("nothing is made while the way up is full; the newest frame goes up when it has room", async () => {
  const { pictures, sent, way, came } = scene();
  pictures.granted(BOUNDS);
  pictures.want(WANT);
  way.hasRoom = false;
  await came(), await came();
  assert.equal(sent.length, 0);
  way.hasRoom = true;
  pictures.refresh();
  await settled(), await settled();
  assert.equal(sent.length, 1);
});

test("files get smaller where they are too large for the way up, and better again", async () => {
  const { pictures, qualities, file, came } = scene({ bitrateBps: 800_000, bytes: 100_000 });
  pictures.granted(BOUNDS);
  pictures.want(WANT);
  for (let count = 0; count < 6; count += 1) await came();
  assert.equal(qualities[0], 80);
  assert.equal(qualities.at(-1), 30);
  file.bytes = 2_000;
  for (let count = 0; count < 20; count += 1) await came();
  assert.equal(qualities.at(-1), 80);
});

test("a pause makes nothing, and the end ends the frames", async () => {
  const { pictures, sent, frames, came } = scene();
  pictures.granted(BOUNDS);
  pictures.want(WANT);
  pictures.isPaused = true;
  await came();
  assert.equal(sent.length, 0);
  pictures.stop();
  assert.equal(frames.stop.mock.callCount(), 1);
});
