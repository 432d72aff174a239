// @ts-check
// The real WASM decoder on the stream of the vectors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";

import { PAUSES_MS } from "../../src/samescreen/viewer/again.js";

globalThis.fetch = /** @type {any} */ (
  async (/** @type {URL|string} */ url) => new Response(readFileSync(new URL(url)), { headers: { "content-type": "application/wasm" } })
);
const { WasmDecoder } = await import("../../src/samescreen/viewer/video/wasm.js");

const STREAM = JSON.parse(readFileSync(new URL("../vectors/h264.json", import.meta.url), "utf8"));
const CONFIG = /** @type {any} */ ({ width: STREAM.width, height: STREAM.height });
/** @type {import("../../src/samescreen/viewer/wire.js").Packet[]} */
const PACKETS = STREAM.packets.map((/** @type {any} */ { sequence, keyframe, damage, payload }) => ({
  kind: 1, rendition: 1, track: 0, sequence, ptsUs: sequence * 1000, isKeyframe: keyframe, damage, payload: new Uint8Array(Buffer.from(payload, "base64")),
}));

function scene() {
  /** @type {import("../../src/samescreen/viewer/video/painter.js").Picture[]} */ const pictures = [];
  /** @type {string[]} */ const errors = [];
  const planes = { paint: mock.fn() };
  let nowUs = 0;
  const decoder = new WasmDecoder(
    {
      onPicture: (picture) => pictures.push(picture),
      onError: (error) => errors.push(error.message),
      onBetterPath: () => assert.fail("there is none"),
    },
    () => (nowUs += 500),
    /** @type {any} */ (planes),
  );
  return { decoder, pictures, errors, planes };
}

/** @param {InstanceType<typeof WasmDecoder>} decoder */
async function loaded(decoder) {
  while (decoder.isLoading) await new Promise((resolve) => setImmediate(resolve));
}

test("a module that did not load is loaded again, and a decoder after a failure tries anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(console, "error", () => {});
  t.mock.method(console, "warn", () => {});
  const failing = t.mock.method(globalThis, "fetch", async () => Promise.reject(new Error("no network")));
  const { WasmDecoder: Fresh } = await import(`../../src/samescreen/viewer/video/wasm.js?${"again"}`);
  /** @type {string[]} */ const errors = [];
  const begin = () => {
    const decoder = new Fresh({ onError: (/** @type {Error} */ error) => errors.push(error.message) }, () => 0, {});
    decoder.prepare();
    return decoder;
  };
  const until = async (/** @type {() => boolean} */ probe) => {
    for (let turn = 0; turn < 20_000 && !probe(); turn += 1) {
      t.mock.timers.tick(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(probe());
  };
  begin();
  await until(() => errors.length === 1);
  assert.equal(failing.mock.callCount(), 1 + PAUSES_MS.length);
  const second = begin();
  await until(() => failing.mock.callCount() > 1 + PAUSES_MS.length);
  failing.mock.restore();
  await until(() => !second.isLoading);
  assert.equal(errors.length, 1);
});

test("the module is not loaded before anything may need it", async () => {
  const fetched = mock.method(globalThis, "fetch");
  const { decoder } = scene();
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual([fetched.mock.callCount(), decoder.isLoading, decoder.queue], [0, true, 0]);
  decoder.prepare();
  await loaded(decoder);
  assert.equal(fetched.mock.callCount(), 1);
  fetched.mock.restore();
});

test("packets wait while the module loads, and are decoded in order then", async () => {
  const { decoder, pictures } = scene();
  decoder.configure(CONFIG);
  for (const packet of PACKETS) decoder.decode(packet);
  assert.deepEqual([decoder.isLoading, decoder.queue, pictures.length], [true, PACKETS.length, 0]);
  await loaded(decoder);
  assert.equal(decoder.queue, 0);
  assert.deepEqual(pictures.map(({ sequence }) => sequence), PACKETS.map(({ sequence }) => sequence));
  const { sequence, ptsUs, rendition } = PACKETS[1];
  const { paint: _paint, close: _close, ...numbers } = pictures[1];
  assert.deepEqual(numbers, { rendition, sequence, ptsUs, decodeUs: 500, width: 64, height: 48, damage: PACKETS[1].damage });
});

test("it paints from the decoder's own memory, and never after that is freed", async () => {
  const { decoder, pictures, planes } = scene();
  decoder.configure(CONFIG);
  decoder.decode(PACKETS[0]);
  await loaded(decoder);
  const surface = /** @type {any} */ ({});
  pictures[0].paint(surface, []);
  const [used, copied, config] = planes.paint.mock.calls[0].arguments;
  assert.deepEqual([used, config], [surface, CONFIG]);
  assert.ok(copied.bytes.length >= (copied.width * copied.height * 3) / 2);
  decoder.close();
  pictures[0].paint(surface, []);
  assert.equal(planes.paint.mock.callCount(), 1);
});

test("a stream that cannot be decoded, or is smaller than announced, is an error", async () => {
  const { decoder, pictures, errors } = scene();
  decoder.configure({ ...CONFIG, width: 640 });
  decoder.decode(PACKETS[0]);
  await loaded(decoder);
  assert.deepEqual(errors, ["picture of 64×48 does not fill 640×48"]);
  const other = scene();
  other.decoder.configure(CONFIG);
  other.decoder.decode(PACKETS[1]);
  await loaded(other.decoder);
  assert.match(other.errors.join(), /^h264bsd cannot decode this stream \(code \d+\)$/u, "a delta without its keyframe");
  assert.deepEqual([...pictures, ...other.pictures], []);
});

test("nothing comes out of a decoder that was closed, be it loaded or not", async () => {
  const { decoder, pictures, errors } = scene();
  decoder.configure(CONFIG);
  decoder.decode(PACKETS[0]);
  decoder.close();
  const other = scene();
  await loaded(other.decoder);
  decoder.decode(PACKETS[0]);
  assert.deepEqual([pictures.length, errors.length, decoder.queue], [0, 0, 0]);
  other.decoder.close();
});

test("before a config nothing is decoded", async () => {
  const { decoder, pictures, errors } = scene();
  await loaded(decoder);
  decoder.decode(PACKETS[0]);
  assert.deepEqual([pictures.length, errors.length], [0, 0]);
});

test("pictures of several slices decode to the same planes as in FFmpeg", async () => {
  const sliced = JSON.parse(readFileSync(new URL("../vectors/h264_slices.json", import.meta.url), "utf8"));
  const config = /** @type {any} */ ({ width: sliced.width, height: sliced.height });
  const { decoder, pictures, errors, planes } = scene();
  decoder.configure(config);
  await loaded(decoder);
  /** @type {string[]} */ const digests = [];
  for (const { sequence, keyframe, payload } of sliced.packets) {
    decoder.decode(/** @type {any} */ ({ ...PACKETS[0], sequence, isKeyframe: keyframe, payload: new Uint8Array(Buffer.from(payload, "base64")) }));
    pictures.at(-1)?.paint(/** @type {any} */ ({}), []);
    const shown = planes.paint.mock.calls.at(-1)?.arguments[1];
    const whole = shown.bytes.subarray(0, (shown.width * shown.height * 3) / 2);
    digests.push(createHash("sha256").update(whole).digest("hex"));
  }
  assert.deepEqual(errors, []);
  assert.deepEqual(digests, sliced.packets.map((/** @type {any} */ packet) => packet.sha256));
});
