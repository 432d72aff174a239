// @ts-check
// Playback with the browser's fake decoder: which packets it plays, and what it measures and reports.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { HostClock } from "../../src/samescreen/viewer/clock.js";
import { Playback } from "../../src/samescreen/viewer/playback.js";
import { CONFIG, FakeVideoDecoder, fakeSurface, settled } from "./fakes/codecs.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Packet} Packet */

/** @type {Playback[]} */ let open = [];
afterEach(() => {
  for (const playback of open) playback.close();
  open = [];
});

/** @type {Packet} a keyframe of the watched stream */
const PACKET = { kind: 1, rendition: 0, track: 0, sequence: 0, ptsUs: 1_000, isKeyframe: true, damage: [], payload: new Uint8Array([1]) };

function scene() {
  const seen = { nowUs: 1_000_000, decoded: 0, painted: 0 };
  /** @type {[string, any][]} */ const events = [];
  const options = { url: "", decoder: null, paint: null, remembered: null, hidden: false, stream: "", visit: "", pass: null };
  const clock = new HostClock();
  const reactions = {
    onDecoded: () => void (seen.decoded += 1),
    onPainted: () => void (seen.painted += 1),
    onGate: () => {},
    onStill: () => {},
    onPath: () => {},
    onExhausted: () => {},
  };
  const playback = new Playback(fakeSurface(), options, reactions, (name, detail) => events.push([name, detail]), clock, () => seen.nowUs);
  open.push(playback);
  playback.follow("screen", 0);
  playback.configure(CONFIG);
  const details = (/** @type {string} */ name) => events.filter(([each]) => each === name).map(([, detail]) => detail);
  /** One picture decoded and painted. @param {Partial<Packet>} [packet] */
  const play = async (packet) => {
    playback.push({ ...PACKET, ...packet }, 119);
    FakeVideoDecoder.newest.output();
    await settled();
  };
  return { playback, seen, details, play, clock };
}

test("packets and configs of another track are ignored", async () => {
  const { playback, seen, details } = scene();
  const chunks = FakeVideoDecoder.newest.chunks.length;
  playback.configure({ ...CONFIG, track: 3, codec_string: "avc1.000000" });
  playback.push({ ...PACKET, track: 3 }, 119);
  assert.equal(FakeVideoDecoder.newest.chunks.length, chunks);
  assert.deepEqual([seen.decoded, playback.measured().bitrateBps], [0, 0]);
  assert.equal(details("path").at(-1).codec, CONFIG.codec_string);
});

test("the first picture and each new size are reported once", async () => {
  const { playback, seen, details, play } = scene();
  assert.equal(playback.isPainted, false);
  await play();
  await play({ sequence: 1, ptsUs: 2_000, isKeyframe: false });
  assert.deepEqual([seen.painted, details("firstpaint").length, details("size")], [2, 1, [{ width: 64, height: 48 }]]);
  assert.equal(playback.isPainted, true);
  playback.configure({ ...CONFIG, width: 32, height: 32 });
  await play({ sequence: 2, ptsUs: 3_000 });
  assert.deepEqual(details("size").at(-1), { width: 32, height: 32 });
  assert.equal(details("firstpaint").length, 1);
});

test("a picture that rested before it was sent, or comes once more, is no delay", async () => {
  const { playback, seen, play, clock } = scene();
  clock.pong(seen.nowUs, seen.nowUs, seen.nowUs);
  seen.nowUs = 1_000_100;
  await play();
  assert.equal(playback.measured().latencyUs, null);
  seen.nowUs = 1_008_000;
  await play({ sequence: 1, ptsUs: 1_005_000, isKeyframe: false });
  assert.equal(playback.measured().latencyUs, 3_000);
  seen.nowUs = 1_900_000;
  await play({ sequence: 2, ptsUs: 1_005_000, isKeyframe: false });
  assert.deepEqual([playback.measured().latencyUs, seen.painted], [3_000, 3]);
  playback.restart();
  seen.nowUs = 3_000_000;
  await play({ sequence: 3, ptsUs: 1_850_000 });
  assert.equal(playback.measured().latencyUs, null);
});

test("another stream or a new connection has no picture yet; the same stream again changes nothing", async () => {
  const { playback, play } = scene();
  await play();
  assert.equal(playback.follow("screen", 0), false);
  assert.equal(playback.isPainted, true);
  assert.equal(playback.follow("camera", 1), true);
  assert.deepEqual([playback.stream, playback.isPainted], ["camera", false]);
  playback.follow("screen", 0);
  playback.configure(CONFIG);
  await play();
  playback.restart();
  assert.equal(playback.isPainted, false);
});

test("what it measured comes with decoder, codec and size", async () => {
  const { playback, play } = scene();
  await play();
  const { fps, bitrateBps, path, codec, width, height, dropped } = playback.measured();
  assert.deepEqual({ fps, bitrateBps, path, codec, width, height, dropped },
    { fps: 1, bitrateBps: 952, path: "webcodecs", codec: CONFIG.codec_string, width: 64, height: 48, dropped: 0 });
});
