// @ts-check
// A real stream through the real WASM decoder and colour conversion, onto a canvas that counts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.ImageData ??= /** @type {any} */ (
  class {
    /** @param {Uint8ClampedArray} data @param {number} width @param {number} height */
    constructor(data, width, height) {
      Object.assign(this, { data, width, height });
    }
  }
);
// node fetches no files; the page's modules fetch the .wasm beside them.
globalThis.fetch = /** @type {any} */ (
  async (/** @type {URL|string} */ url) =>
    new Response(readFileSync(new URL(url)), { headers: { "content-type": "application/wasm" } })
);
const { Track } = await import("../../src/samescreen/viewer/video/track.js");
await (await import("../../src/samescreen/viewer/video/simd.js")).loading;

const STREAM = JSON.parse(readFileSync(new URL("../vectors/h264.json", import.meta.url), "utf8"));
const { width, height } = STREAM;
const CONFIG = /** @type {any} */ ({
  type: "config", track: 0, rendition: 0, codec: "h264", codec_string: STREAM.codec_string,
  width, height, coded_width: width, coded_height: height, fps: 60,
});
const PACKETS = STREAM.packets.map((/** @type {any} */ packet) => ({
  kind: 1,
  rendition: 0,
  track: 0,
  sequence: packet.sequence,
  ptsUs: packet.sequence * 16_667,
  isKeyframe: packet.keyframe,
  damage: packet.damage,
  payload: new Uint8Array(Buffer.from(packet.payload, "base64")),
}));

/** A surface whose every `fill` takes `costUs` of a clock that nothing else moves. `more`: of the track's choice. */
function scene(costUs = 0, more = {}) {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const seen = { puts: 0, nowUs: 1_000_000, pixels };
  const surface = /** @type {any} */ ({
    width: 1,
    height: 1,
    isReady: true,
    shownUs: 0,
    /** @type {(size: {width: number, height: number}) => void} */
    resize: (size) => Object.assign(surface, size),
    /** @type {import("../../src/samescreen/viewer/video/surface.js").Surface["fill"]} */
    fill: ({ x, y, width: wide, height: high }, write) => {
      seen.puts += 1;
      seen.nowUs += costUs;
      const words = new Uint32Array(wide * high);
      write(words);
      const bytes = new Uint8Array(words.buffer);
      for (let row = 0; row < high; row += 1)
        pixels.set(bytes.subarray(row * wide * 4, (row + 1) * wide * 4), ((y + row) * width + x) * 4);
    },
    draw: () => {},
    flush: () => {},
    close: () => {},
  });
  /** @type {{sequence: number, decodeUs: number}[]} */ const decoded = [];
  /** @type {number[]} */ const painted = [];
  /** @type {number[][]} */ const refined = [];
  const track = new Track(
    surface,
    { decoder: "wasm", remembered: null, paint: "cpu", ...more },
    {
      onDecoded: ({ sequence, decodeUs }) => decoded.push({ sequence, decodeUs }),
      onRefined: ({ rendition, sequence }) => refined.push([rendition, sequence]),
      onPainted: ({ sequence }) => painted.push(sequence),
      onGate: () => {},
      onStill: () => {},
      onPath: () => {},
      onExhausted: () => assert.fail("nothing decodes"),
    },
    () => seen.nowUs,
  );
  track.restart();
  track.configure(CONFIG);
  return { track, seen, decoded, painted, refined };
}

/** @param {() => boolean} probe */
async function until(probe) {
  for (let turn = 0; turn < 2000 && !probe(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(probe(), "it never came");
}

/** @param {Uint8ClampedArray} pixels @param {any} packet  of the vectors: `colour` is what its rectangle holds */
function assertShown(pixels, packet) {
  const { x, y, width: wide, height: high } = packet.damage[0];
  const at = ((y + high / 2) * width + x + wide / 2) * 4;
  packet.colour.forEach((/** @type {number} */ value, /** @type {number} */ channel) => {
    const shown = pixels[at + channel];
    assert.ok(Math.abs(shown - value) <= 12, `packet ${packet.sequence}: ${shown} for ${value}`);
  });
}

test("after a hiccup every packet is decoded, and the newest picture alone is converted and painted", async () => {
  const { track, seen, decoded, painted } = scene();
  track.push(PACKETS[0]);
  await until(() => painted.length === 1);
  const putsBefore = seen.puts;
  for (const packet of PACKETS.slice(1)) track.push(packet);
  assert.equal(decoded.length, PACKETS.length, "decoded at once: nothing is left waiting");
  assert.deepEqual(painted, [0]);
  await until(() => painted.length === 2);
  assert.deepEqual(painted, [0, PACKETS.length - 1]);
  assert.ok(seen.puts - putsBefore < PACKETS.length, "at most one for each place that changed");
  // What changed in the pictures that were passed over is there too.
  for (const packet of STREAM.packets.slice(1)) assertShown(seen.pixels, packet);
  track.close();
});

test("one picture after the other is painted each", async () => {
  const { track, painted } = scene();
  for (const [index, packet] of PACKETS.entries()) {
    track.push(packet);
    await until(() => painted.length === index + 1);
  }
  assert.deepEqual(painted, [...PACKETS.keys()]);
  track.close();
});

test("packets that come before the decoder is loaded wait for it, and are painted once", async () => {
  const { track, decoded, painted } = scene();
  for (const packet of PACKETS) track.push(packet);
  await until(() => painted.length > 0);
  assert.equal(decoded.length, PACKETS.length);
  assert.equal(painted.at(-1), PACKETS.length - 1);
  track.close();
});

test("the reported cost of a picture includes its painting", async () => {
  const { track, decoded, painted } = scene(7_000);
  for (const [index, packet] of PACKETS.slice(0, 3).entries()) {
    track.push(packet);
    await until(() => painted.length === index + 1);
  }
  assert.deepEqual(
    decoded.map(({ decodeUs }) => decodeUs),
    [0, 7_000, 7_000],
  );
  // Nothing to paint costs nothing, and the next one is judged by that.
  track.push({ ...PACKETS[3], damage: [{ x: 0, y: 0, width: 0, height: 0 }] });
  await new Promise((resolve) => setTimeout(resolve, 20));
  track.push(PACKETS[4]);
  assert.equal(decoded.at(-1)?.decodeUs, 0);
  track.close();
});

test("a piece that cannot be decoded is acknowledged all the same: the video is there without it", async () => {
  globalThis.createImageBitmap = /** @type {any} */ (async () => Promise.reject(new Error("no")));
  const { track, painted, refined } = scene();
  track.configure({ ...CONFIG, rendition: 2, codec: "jpeg", codec_string: "" });
  track.push(PACKETS[0]);
  track.push({ ...PACKETS[0], kind: 2, rendition: 2, sequence: 7, isKeyframe: false });
  await until(() => refined.length === 1 && painted.length === 1);
  assert.deepEqual(refined, [[2, 7]]);
  track.close();
});

test("where the page shows a whole picture already no sketch is painted, and the host gets its ack all the same", async () => {
  const still = (/** @type {number} */ sequence) => /** @type {any} */ ({ kind: 2, rendition: 2, track: 0, sequence, ptsUs: 0, isKeyframe: true, damage: [], payload: new Uint8Array([0xff]) });
  for (const [skipsSketches, expected] of /** @type {[boolean, number[]][]} */ ([[true, [2, 3]], [false, [1, 2, 3]]])) {
    const { track, decoded, painted } = scene(0, { skipsSketches });
    track.configure({ ...CONFIG, rendition: 2, codec: "jpeg", codec_string: "" });
    for (const [sequence, wide] of [[1, width / 2], [2, width], [3, width / 2]]) {
      Object.assign(globalThis, { createImageBitmap: async () => ({ width: wide, height, close() {} }) });
      track.push(still(sequence));
      await new Promise((resolve) => setTimeout(resolve));
    }
    assert.deepEqual(painted, expected);
    assert.deepEqual(decoded.map(({ sequence }) => sequence), [1, 2, 3]);
    track.close();
  }
});
