// @ts-check
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";

import { CONFIG, FakeVideoDecoder, fakeSurface, settled } from "./fakes/codecs.js";

// Without a GPU: this browser draws pure blue as 243, and its WebGL has a caveat.
Object.assign(globalThis, {
  OffscreenCanvas: class {
    /** @param {string} kind */
    getContext(kind) {
      return kind === "2d" ? { drawImage: () => {}, getImageData: () => ({ data: [0, 1, 243, 255] }) } : null;
    }
  },
  VideoFrame: class {
    close() {}
  },
});
const { WebCodecsDecoder } = await import("../../src/samescreen/viewer/video/webcodecs.js");

/** @typedef {import("../../src/samescreen/viewer/video/painter.js").Picture} Picture */

afterEach(() => (FakeVideoDecoder.refuses = null));

function scene() {
  const seen = { nowUs: 0, better: 0 };
  /** @type {Picture[]} */ const pictures = [];
  /** @type {string[]} */ const errors = [];
  const planes = { paint: mock.fn() };
  const decoder = new WebCodecsDecoder(
    {
      onPicture: (picture) => pictures.push(picture),
      onError: (error) => errors.push(error.message),
      onBetterPath: () => (seen.better += 1),
    },
    () => seen.nowUs,
    /** @type {any} */ (planes),
    "no-preference",
  );
  decoder.configure(CONFIG);
  const browser = FakeVideoDecoder.newest;
  let sequence = 0;
  /** @param {object} [more] */
  const decode = (more = {}) => {
    const packet = { kind: 1, rendition: 0, track: 0, sequence, ptsUs: sequence * 1000, isKeyframe: sequence === 0, damage: [], payload: new Uint8Array(1) };
    sequence += 1;
    decoder.decode({ ...packet, ...more });
  };
  return { decoder, browser, seen, pictures, errors, planes, decode };
}

/** @param {number} x */
const at = (x) => [{ x, y: 0, width: 10, height: 10 }];

test("the browser gets Annex B with its codec and size, and chunks with the length of a picture", () => {
  const { browser, decode } = scene();
  const { description, ...config } = browser.configured[0];
  assert.equal(description, undefined);
  assert.deepEqual(config, {
    codec: "avc1.42C020", codedWidth: 64, codedHeight: 48, optimizeForLatency: true, hardwareAcceleration: "no-preference",
  });
  decode();
  decode();
  assert.deepEqual(browser.chunks.map(({ type, duration }) => [type, duration]), [["key", 20_000], ["delta", 20_000]]);
});

test("a picture bears its packet's numbers and the time it took, and its frame is closed with it", () => {
  const { browser, seen, pictures, decode } = scene();
  decode({ sequence: 7, ptsUs: 5000, rendition: 1, damage: at(3) });
  seen.nowUs = 900;
  const frame = browser.output();
  const [{ paint, close, ...numbers }] = pictures;
  assert.deepEqual(numbers, { rendition: 1, sequence: 7, ptsUs: 5000, decodeUs: 900, width: 64, height: 48, damage: at(3) });
  const surface = fakeSurface();
  paint(surface, at(3));
  assert.deepEqual(surface.drawn, [frame]);
  close();
  assert.equal(frame.closed, 1);
});

test("two packets with one stamp are told apart, and keep their own stamp outside", () => {
  const { browser, pictures, decode } = scene();
  decode({ ptsUs: 5000 });
  decode({ ptsUs: 5000 });
  assert.deepEqual(browser.chunks.map(({ timestamp }) => timestamp), [5000, 5001]);
  browser.output();
  assert.deepEqual(pictures.map(({ sequence, ptsUs }) => [sequence, ptsUs]), [[1, 5000]]);
});

test("a picture carries the damage of packets that got none of their own", () => {
  const { decoder, browser, pictures, decode } = scene();
  for (const x of [0, 20, 40]) decode({ damage: at(x) });
  assert.equal(decoder.queue, 3);
  browser.output();
  assert.equal(decoder.queue, 0);
  assert.deepEqual(pictures.map(({ damage }) => damage), [[...at(0), ...at(20), ...at(40)]]);
});

test("a frame that nobody waits for is closed at once", () => {
  const { decoder, browser, pictures, decode } = scene();
  decode();
  const first = browser.output();
  assert.equal(first.closed, 0);
  assert.equal(browser.output().closed, 1, "the same stamp again");
  decode();
  decoder.close();
  assert.equal(browser.output().closed, 1, "after the end");
  assert.equal(pictures.length, 1);
  assert.equal(browser.state, "closed");
});

test("what the browser throws or reports is an error, until it is closed", () => {
  const { decoder, browser, errors, decode } = scene();
  browser.events.error(new Error("broken"));
  FakeVideoDecoder.refuses = new Error("no such codec");
  decoder.configure(CONFIG);
  mock.method(browser, "decode", () => {
    throw new Error("closed codec");
  });
  decode();
  assert.deepEqual(errors, ["broken", "no such codec", "closed codec"]);
  decoder.close();
  browser.events.error(new Error("late"));
  decode();
  assert.equal(errors.length, 3);
});

test("without a GPU a frame in memory is copied, and our own conversion paints it", async () => {
  const { browser, pictures, planes, decode } = scene();
  decode();
  const frame = browser.output({ format: "I420" });
  await settled();
  assert.equal(frame.closed, 1);
  const surface = fakeSurface();
  pictures[0].paint(surface, at(0));
  const [used, copy] = planes.paint.mock.calls[0].arguments;
  assert.equal(used, surface);
  assert.deepEqual([copy.width, copy.height, copy.bytes.length, copy.bytes[0]], [64, 48, 64 * 48 * 1.5, 7]);
  assert.deepEqual(surface.drawn, []);
});

test("copies take turns with few buffers: a closed picture's is used again", async () => {
  const { browser, pictures, planes, decode } = scene();
  for (let round = 0; round < 3; round += 1) {
    decode();
    browser.output({ format: "I420" });
    await settled();
    pictures[round].paint(fakeSurface(), at(0));
    pictures[round].close();
  }
  const buffers = planes.paint.mock.calls.map(({ arguments: [, { bytes }] }) => bytes);
  assert.equal(new Set(buffers).size, 1);
});

test("a frame whose planes do not fit is drawn by the browser all the same", () => {
  for (const like of [
    { format: "NV12" },
    { format: "I420", visibleRect: { x: 0, y: 2, width: 64, height: 48 } },
    { format: "I420", visibleRect: { x: 0, y: 0, width: 63, height: 48 } },
    { format: "I420", visibleRect: { x: 0, y: 0, width: 64, height: 46 } },
  ]) {
    const { browser, pictures, decode } = scene();
    decode();
    const frame = browser.output(like);
    const surface = fakeSurface();
    pictures[0].paint(surface, at(0));
    assert.deepEqual(surface.drawn, [frame], JSON.stringify(like));
  }
});

test("a copy that fails is an error; one that ends after the close is nothing", async () => {
  const { decoder, browser, pictures, errors, decode } = scene();
  decode();
  const frame = browser.output({ format: "I420", copyTo: async () => Promise.reject(new Error("gone")) });
  await settled();
  assert.deepEqual([errors, frame.closed], [["gone"], 1]);
  decode();
  browser.output({ format: "I420" });
  decoder.close();
  await settled();
  assert.deepEqual([pictures.length, errors.length], [0, 1]);
});

test("pixels that the browser converted on the CPU are shown, and another path is recommended", () => {
  const { browser, seen, pictures, decode } = scene();
  decode();
  browser.output({ format: "BGRX" });
  assert.deepEqual([pictures.length, seen.better], [1, 1]);
  decode();
  browser.output();
  assert.equal(seen.better, 1);
});
