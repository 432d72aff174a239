// @ts-check
// What is made of a track's frames: only what is wanted, keyframes of a screen at rest, sizes that change, an encoder that is lost.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Pictures } from "../../src/samescreen/viewer/publish/pictures.js";
import { probe } from "../../src/samescreen/viewer/publish/probe.js";

/** @type {Set<FakeFrame>} */ const open = new Set();

class FakeFrame {
  /** @param {any} image @param {any} init */
  constructor(image, { timestamp = image.timestamp, visibleRect } = /** @type {any} */ ({})) {
    this.timestamp = timestamp;
    this.displayWidth = visibleRect?.width ?? image.displayWidth;
    this.displayHeight = visibleRect?.height ?? image.displayHeight;
    open.add(this);
  }
  close() {
    open.delete(this);
  }
}

class FakeEncoder {
  state = "unconfigured";
  /** @type {any[]} */ configs = [];
  /** @type {any[]} */ frames = [];
  /** @type {FakeEncoder[]} */ static all = [];
  /** @param {any} init */
  constructor(init) {
    this.init = init;
    FakeEncoder.all.push(this);
  }
  /** @param {any} config */
  configure(config) {
    this.state = "configured";
    this.configs.push(config);
  }
  /** @param {any} frame @param {{keyFrame: boolean}} options */
  encode(frame, { keyFrame }) {
    this.frames.push({ keyFrame, width: frame.displayWidth, height: frame.displayHeight, timestamp: frame.timestamp });
    const bytes = [0, 0, 0, 1, keyFrame ? 0x65 : 0x41, 0x88];
    if (!this.isSilent) this.init.output({ timestamp: frame.timestamp, byteLength: bytes.length, copyTo: (/** @type {Uint8Array} */ to) => to.set(bytes) });
  }
  isSilent = false;
  close() {
    this.state = "closed";
  }
}

class FakeCanvas {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    Object.assign(this, { width, height });
  }
  getContext() {
    return { drawImage: () => {} };
  }
  convertToBlob = async () => new Blob([new Uint8Array(500)]);
}

Object.assign(globalThis, { VideoFrame: FakeFrame, VideoEncoder: FakeEncoder, OffscreenCanvas: FakeCanvas });

/** @param {{width?: number, height?: number}} [size] */
function scene({ width = 1280, height = 720 } = {}) {
  FakeEncoder.all = [];
  open.clear();
  const clock = mock.method(performance, "now", () => now.ms);
  const now = { ms: 10_000 };
  const source = { displayWidth: width, displayHeight: height, timestamp: 0 };
  /** @type {any} */ let take;
  const out = { picture: mock.fn(), config: mock.fn(), hasRoom: mock.fn(() => true), bitrateBps: () => 2_000_000, giveUp: mock.fn() };
  const pictures = new Pictures(/** @type {any} */ ({}), { lag: 0, step: 2 }, out, (_track, given) => {
    take = given;
    return { latest: (timestamp) => /** @type {any} */ (new FakeFrame(source, { timestamp })), isSlow: () => false, stop: () => {} };
  });
  const frame = (/** @type {number} */ afterMs) => {
    now.ms += afterMs;
    source.timestamp = now.ms * 1000 - 5e6;
    take(source);
  };
  const want = (/** @type {number[]} */ renditions, /** @type {number[]} */ keyframes = [], more = {}) =>
    pictures.want(/** @type {any} */ ({ renditions, keyframes, targets: [], stills: null, paused: false, still_bytes: 0, quality: null, ...more }));
  const made = (/** @type {number} */ rendition) => out.picture.mock.calls.map((/** @type {any} */ call) => call.arguments[0]).filter((/** @type {any} */ each) => each.rendition === rendition);
  return { pictures, out, now, source, frame, want, made, done: () => clock.mock.restore() };
}

const BOUNDS = { long_side: 3840, short_side: 2160 };
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("while nobody wants anything, nothing is encoded", () => {
  const { pictures, frame, out, done } = scene();
  frame(0);
  pictures.granted(BOUNDS);
  for (let count = 0; count < 30; count += 1) frame(33);
  assert.deepEqual([FakeEncoder.all.length, out.picture.mock.callCount(), open.size], [0, 0, 0]);
  done();
});

test("no encoder is asked for hardware, which is an error in a Chromium without a GPU", async () => {
  const { pictures, frame, want, done } = scene();
  pictures.granted(/** @type {any} */ (BOUNDS));
  want([0, 1], [0, 1]);
  frame(33);
  await probe(/** @type {any} */ ({ newEncoder: (/** @type {any} */ init) => new FakeEncoder(init), newFrame: () => new FakeFrame({ displayWidth: 640, displayHeight: 360 }) }));
  const asked = FakeEncoder.all.flatMap(({ configs }) => configs).map(({ hardwareAcceleration }) => hardwareAcceleration);
  assert.ok(asked.length >= 3);
  assert.deepEqual(new Set(asked), new Set(["no-preference"]));
  done();
});

test("sizes are announced for all renditions before anything is sent", () => {
  const { pictures, out, done } = scene();
  pictures.granted(BOUNDS);
  assert.deepEqual(out.config.mock.calls.map((/** @type {any} */ call) => call.arguments.slice(0, 2)), [
    [2, { width: 1280, height: 720 }],
    [0, { width: 1280, height: 720 }],
    [1, { width: 640, height: 360 }],
  ]);
  done();
});

test("somebody who comes to a screen at rest gets a still and a keyframe at once, without a new frame", async () => {
  const { pictures, frame, want, made, done } = scene();
  pictures.granted(BOUNDS);
  frame(0);
  want([2], [2], { still_bytes: 100_000 });
  await settled();
  assert.equal(made(2).length, 1);
  want([0], [0]);
  assert.deepEqual(made(0).map((/** @type {any} */ each) => each.isKeyframe), [true]);
  assert.equal(open.size, 0, "every frame is closed");
  done();
});

test("twenty people who come at once cost one keyframe", () => {
  const { pictures, want, made, now, done } = scene();
  pictures.granted(BOUNDS);
  want([0], [0]);
  for (let count = 0; count < 20; count += 1) want([0], [0]);
  assert.equal(made(0).length, 1);
  now.ms += 400;
  pictures.refresh();
  assert.deepEqual(made(0).map((/** @type {any} */ each) => each.isKeyframe), [true, true]);
  done();
});

test("a screen at rest is encoded a few times more, and then no more", () => {
  const { pictures, frame, want, made, now, done } = scene();
  pictures.granted(BOUNDS);
  want([0], [0]);
  frame(400);
  const before = made(0).length;
  for (let count = 0; count < 40; count += 1) (now.ms += 250), pictures.refresh();
  assert.equal(made(0).length - before, 3);
  done();
});

test("the last viewer leaves: the encoder is closed; the next one gets a new one and a keyframe", () => {
  const { pictures, frame, want, made, done } = scene();
  pictures.granted(BOUNDS);
  want([0], [0]);
  frame(100);
  want([]);
  assert.deepEqual(FakeEncoder.all.map(({ state }) => state), ["closed"]);
  const before = made(0).length;
  frame(100);
  assert.equal(made(0).length, before);
  want([0], [0]);
  assert.deepEqual([FakeEncoder.all.length, made(0).at(-1).isKeyframe], [2, true]);
  done();
});

test("without room on the way up no frame is encoded, and what was wanted is made later", () => {
  const { pictures, frame, want, made, out, now, done } = scene();
  pictures.granted(BOUNDS);
  out.hasRoom.mock.mockImplementation(() => false);
  want([0], [0]);
  frame(100);
  assert.equal(made(0).length, 0);
  out.hasRoom.mock.mockImplementation(() => true);
  now.ms += 10;
  pictures.refresh();
  assert.equal(made(0)[0].isKeyframe, true);
  done();
});

test("low has half the size and an encoder of its own", () => {
  const { pictures, want, done } = scene();
  pictures.granted(BOUNDS);
  want([0, 1], [0, 1]);
  assert.deepEqual(FakeEncoder.all.map(({ configs }) => [configs[0].width, configs[0].height]), [[1280, 720], [640, 360]]);
  done();
});

test("the host's target and the way up bound the bitrate, in place and without a keyframe", () => {
  const { pictures, want, frame, made, done } = scene();
  pictures.granted(BOUNDS);
  want([0], [0]);
  frame(2_000);
  want([0], [], { targets: [{ rendition: 0, bitrate_bps: 500_000, fps: 10 }] });
  frame(2_000);
  const { configs } = FakeEncoder.all[0];
  assert.deepEqual([configs.length, configs.at(-1).bitrate, configs.at(-1).framerate, FakeEncoder.all.length], [2, 500_000, 10, 1]);
  assert.ok(configs.every(({ codec }) => codec === configs[0].codec));
  assert.equal(made(0).filter((/** @type {any} */ each) => each.isKeyframe).length, 1);
  done();
});

test("a window that is resized for seconds gets a new size at most every two seconds", () => {
  const { pictures, want, frame, source, out, done } = scene({ width: 1013, height: 771 });
  pictures.granted(BOUNDS);
  want([0], [0]);
  for (let count = 0; count < 150; count += 1) {
    source.displayWidth = 1013 + count;
    frame(33);
  }
  const sizes = out.config.mock.calls.filter((/** @type {any} */ call) => call.arguments[0] === 0).map((/** @type {any} */ call) => call.arguments[1]);
  assert.ok(sizes.length >= 2 && sizes.length <= 4, String(sizes.length));
  for (const { width, height } of sizes) assert.deepEqual([width % 2, height % 2], [0, 0]);
  for (const { frames, configs } of FakeEncoder.all) for (const { width } of frames) assert.equal(width, configs[0].width);
  done();
});

test("a lost encoder is rebuilt with a keyframe; one that is lost again and again ends it", () => {
  const warn = mock.method(console, "warn", () => {});
  const { pictures, want, frame, made, out, done } = scene();
  pictures.granted(BOUNDS);
  want([0], [0]);
  FakeEncoder.all[0].init.error(new Error("reclaimed due to inactivity"));
  frame(1_000);
  assert.deepEqual([FakeEncoder.all.length, made(0).at(-1).isKeyframe], [2, true]);
  assert.equal(out.giveUp.mock.callCount(), 0);
  for (let count = 0; count < 3; count += 1) {
    FakeEncoder.all.at(-1)?.init.error(new Error("gone"));
    const before = FakeEncoder.all.length;
    FakeEncoder.prototype.encode = failing(FakeEncoder.prototype.encode);
    frame(1_000);
    assert.equal(FakeEncoder.all.length, before + 1);
  }
  assert.ok(out.giveUp.mock.callCount() >= 1);
  FakeEncoder.prototype.encode = encode;
  warn.mock.restore();
  done();
});

const { encode } = FakeEncoder.prototype;
/** @param {unknown} _before @returns {any} */
const failing = (_before) => () => {};

test("a pause makes nothing, not even for somebody who comes", () => {
  const { pictures, want, frame, out, done } = scene();
  pictures.granted(BOUNDS);
  pictures.isPaused = true;
  want([0, 2], [0, 2]);
  frame(100);
  assert.equal(out.picture.mock.callCount(), 0);
  done();
});

test("the probe counts the frames that stay inside, and an error after a yes is a no", async () => {
  const kit = (/** @type {(index: number, init: any) => void} */ encoded) => {
    let count = 0;
    return {
      newEncoder: (/** @type {any} */ init) => /** @type {any} */ ({ state: "configured", configure() {}, encode: () => encoded(count++, init), close() {} }),
      newFrame: () => /** @type {any} */ ({ close() {} }),
    };
  };
  const chunk = { timestamp: 0 };
  assert.deepEqual(await probe(kit((_index, init) => init.output(chunk))), { lag: 0 });
  assert.deepEqual(await probe(kit((index, init) => index > 0 && init.output(chunk))), { lag: 1 });
  assert.deepEqual(await probe(kit((index, init) => index >= 6 && init.output(chunk))), { why: "lags", detail: "6 frames" });
  assert.deepEqual(await probe(kit((_index, init) => init.error(new Error("no")))), { why: "failed", detail: "no" });
  assert.deepEqual(await probe(null), { why: "no-api", detail: "" });
});
