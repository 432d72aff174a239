// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { DecoderSelector } from "../../src/samescreen/viewer/video/decoder_selector.js";

/** @typedef {import("../../src/samescreen/viewer/video/decoder_selector.js").Candidate} Candidate */
/** @typedef {import("../../src/samescreen/viewer/video/decoder_selector.js").DecoderEvents} DecoderEvents */

const CONFIG = /** @type {import("../../src/samescreen/viewer/wire.js").Config} */ ({
  type: "config",
  codec_string: "avc1.42C020",
  width: 64,
  height: 48,
  coded_width: 64,
  coded_height: 48,
  fps: 60,
});
const PACKET = /** @type {import("../../src/samescreen/viewer/wire.js").Packet} */ ({ sequence: 0 });
const PICTURE = /** @type {import("../../src/samescreen/viewer/video/painter.js").Picture} */ ({ sequence: 0 });

/** @param {{remembered?: string, wanted?: "wasm"|"jpeg"}} [choice] */
function scene({ remembered, wanted } = {}) {
  /** @type {{key: string, events: DecoderEvents, queue: number, isLoading: boolean, closed: boolean, configured: number, prepared: number}[]} */ const built =
    [];
  /** @type {string[]} */ const reported = [];
  let nowUs = 0;
  /** @type {(key: string, path: "webcodecs"|"wasm") => Candidate} */
  const step = (key, path) => ({
    key,
    path,
    isPossible: () => true,
    build: (events) => {
      const decoder = { key, events, queue: 0, queueLimit: 6, isLoading: false, closed: false, configured: 0, prepared: 0 };
      built.push(decoder);
      return Object.assign(decoder, {
        configure: () => void (decoder.configured += 1),
        decode: () => void (decoder.queue += 1),
        prepare: () => void (decoder.prepared += 1),
        close: () => void (decoder.closed = true),
      });
    },
  });
  /** @type {Candidate[]} */
  const candidates = [
    step("webcodecs", "webcodecs"),
    step("webcodecs-software", "webcodecs"),
    step("wasm", "wasm"),
    { key: "jpeg", path: "jpeg", isPossible: () => true, build: () => null },
  ];
  const selector = new DecoderSelector(
    wanted ?? null,
    remembered ?? null,
    {
      onPicture: () => reported.push("picture"),
      onRebuilt: () => reported.push("rebuilt"),
      onSelected: () => reported.push("step"),
      onExhausted: () => reported.push("exhausted"),
    },
    () => nowUs,
    candidates,
  );
  return {
    selector,
    built,
    reported,
    last: () => /** @type {typeof built[number]} */ (built.at(-1)),
    later: (/** @type {number} */ us) => (nowUs += us),
  };
}

test("a step that never showed a picture is left at its first error, down to stills, then exhausted", () => {
  const { selector, last, reported, built } = scene();
  selector.configure(CONFIG);
  for (const key of ["webcodecs", "webcodecs-software", "wasm"]) {
    assert.equal(selector.selected?.key, key);
    assert.deepEqual(selector.accepts, ["h264", "jpeg"]);
    last().events.onError(new Error("no"));
  }
  assert.equal(selector.selected?.path, "jpeg");
  assert.deepEqual(selector.accepts, ["jpeg"]);
  assert.ok(built.every((decoder) => decoder.closed && decoder.configured === 1));
  selector.fail(new Error("not even that"));
  assert.equal(reported.at(-1), "exhausted");
});

test("a second of silence with packets inside is a failure; a frozen tab is not", () => {
  const { selector, reported } = scene();
  selector.configure(CONFIG);
  for (let tick = 0; tick < 20; tick += 1) selector.tick();
  selector.decode(PACKET);
  for (let tick = 0; tick < 4; tick += 1) selector.tick();
  assert.deepEqual(reported, []);
  selector.tick();
  assert.equal(selector.selected?.key, "webcodecs-software");
});

test("packets that wait for the decoder itself to load are no failure", () => {
  const { selector, last, reported } = scene();
  selector.configure(CONFIG);
  selector.decode(PACKET);
  last().isLoading = true;
  for (let tick = 0; tick < 40; tick += 1) selector.tick();
  assert.deepEqual(reported, []);
});

test("a step that worked is rebuilt, until it fails again and again", () => {
  const { selector, last, later } = scene();
  selector.configure(CONFIG);
  for (let round = 0; round < 3; round += 1) {
    last().events.onPicture(PICTURE);
    last().events.onError(new Error("broken packet"));
    assert.equal(selector.selected?.key, "webcodecs");
  }
  later(11_000_000);
  last().events.onError(new Error("long after"));
  assert.equal(selector.selected?.key, "webcodecs");
  for (let round = 0; round < 3; round += 1) last().events.onError(new Error("again"));
  assert.equal(selector.selected?.key, "webcodecs-software");
});

test("a decoder the browser took away says nothing about its path", () => {
  const { selector, last, reported } = scene();
  for (let round = 0; round < 5; round += 1)
    last().events.onError(Object.assign(new Error("reclaimed"), { name: "QuotaExceededError" }));
  assert.equal(selector.selected?.key, "webcodecs");
  assert.deepEqual(reported, Array(5).fill("rebuilt"));
});

test("begins where the last visit ended, and keeps to a path that was asked for", () => {
  assert.equal(scene({ remembered: "wasm" }).selector.selected?.key, "wasm");
  assert.equal(scene({ remembered: "gone" }).selector.selected?.key, "webcodecs");
  const { selector, last, reported } = scene({ wanted: "wasm" });
  assert.equal(selector.selected?.key, "wasm");
  last().events.onError(new Error("no"));
  assert.deepEqual(reported, ["exhausted"]);
});

test("a path that another outdoes is left for it, without being called a failure", () => {
  const { selector, last, reported, built } = scene();
  selector.configure(CONFIG);
  last().events.onPicture(PICTURE);
  assert.equal(last().prepared, 0, "the first decoder waits for a still");
  last().events.onBetterPath();
  assert.equal(last().prepared, 1, "video comes already");
  assert.equal(selector.selected?.key, "wasm");
  assert.deepEqual(reported, ["picture", "step", "rebuilt"]);
  assert.deepEqual(
    built.map(({ closed, configured }) => [closed, configured]),
    [
      [true, 1],
      [false, 1],
    ],
  );
});

test("stills outdo nothing, and a path that was asked for is kept", () => {
  for (const choice of [{ remembered: "wasm" }, { wanted: /** @type {const} */ ("wasm") }]) {
    const { selector, last, reported } = scene(choice);
    last().events.onBetterPath();
    assert.equal(selector.selected?.key, "wasm");
    assert.deepEqual(reported, []);
  }
});

test("the same config again does not disturb the decoder", () => {
  const { selector, last } = scene();
  assert.equal(selector.configure(CONFIG), false);
  assert.equal(selector.configure({ ...CONFIG, fps: 30 }), true);
  assert.equal(selector.configure({ ...CONFIG, width: 62 }), false);
  assert.equal(last().configured, 2);
});
