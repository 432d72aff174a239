// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Ladder } from "../../src/samescreen/viewer/video/ladder.js";

/** @typedef {import("../../src/samescreen/viewer/video/ladder.js").Step} Step */
/** @typedef {import("../../src/samescreen/viewer/video/ladder.js").DecoderEvents} DecoderEvents */

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
  /** @type {{key: string, events: DecoderEvents, queue: number, isLoading: boolean, closed: boolean, configured: number}[]} */ const built =
    [];
  /** @type {string[]} */ const heard = [];
  let nowUs = 0;
  /** @type {(key: string, path: "webcodecs"|"wasm") => Step} */
  const step = (key, path) => ({
    key,
    path,
    isPossible: () => true,
    build: (events) => {
      const decoder = { key, events, queue: 0, queueLimit: 6, isLoading: false, closed: false, configured: 0 };
      built.push(decoder);
      return Object.assign(decoder, {
        configure: () => void (decoder.configured += 1),
        decode: () => void (decoder.queue += 1),
        close: () => void (decoder.closed = true),
      });
    },
  });
  /** @type {Step[]} */
  const steps = [
    step("webcodecs", "webcodecs"),
    step("webcodecs-software", "webcodecs"),
    step("wasm", "wasm"),
    { key: "jpeg", path: "jpeg", isPossible: () => true, build: () => null },
  ];
  const ladder = new Ladder(
    wanted ?? null,
    remembered ?? null,
    {
      onPicture: () => heard.push("picture"),
      onRebuilt: () => heard.push("rebuilt"),
      onStep: () => heard.push("step"),
      onExhausted: () => heard.push("exhausted"),
    },
    () => nowUs,
    steps,
  );
  return {
    ladder,
    built,
    heard,
    last: () => /** @type {typeof built[number]} */ (built.at(-1)),
    later: (/** @type {number} */ us) => (nowUs += us),
  };
}

test("a step that never showed a picture is left at its first error, down to stills, then exhausted", () => {
  const { ladder, last, heard, built } = scene();
  ladder.configure(CONFIG);
  for (const key of ["webcodecs", "webcodecs-software", "wasm"]) {
    assert.equal(ladder.step?.key, key);
    assert.deepEqual(ladder.accepts, ["h264", "jpeg"]);
    last().events.onError(new Error("no"));
  }
  assert.equal(ladder.step?.path, "jpeg");
  assert.deepEqual(ladder.accepts, ["jpeg"]);
  assert.ok(built.every((decoder) => decoder.closed && decoder.configured === 1));
  ladder.fail(new Error("not even that"));
  assert.equal(heard.at(-1), "exhausted");
});

test("a second of silence with packets inside is a failure; a frozen tab is not", () => {
  const { ladder, heard } = scene();
  ladder.configure(CONFIG);
  for (let tick = 0; tick < 20; tick += 1) ladder.tick();
  ladder.decode(PACKET);
  for (let tick = 0; tick < 4; tick += 1) ladder.tick();
  assert.deepEqual(heard, []);
  ladder.tick();
  assert.equal(ladder.step?.key, "webcodecs-software");
});

test("packets that wait for the decoder itself to load are no failure", () => {
  const { ladder, last, heard } = scene();
  ladder.configure(CONFIG);
  ladder.decode(PACKET);
  last().isLoading = true;
  for (let tick = 0; tick < 40; tick += 1) ladder.tick();
  assert.deepEqual(heard, []);
});

test("a step that worked is rebuilt, until it fails again and again", () => {
  const { ladder, last, later } = scene();
  ladder.configure(CONFIG);
  for (let round = 0; round < 3; round += 1) {
    last().events.onPicture(PICTURE);
    last().events.onError(new Error("broken packet"));
    assert.equal(ladder.step?.key, "webcodecs");
  }
  later(11_000_000);
  last().events.onError(new Error("long after"));
  assert.equal(ladder.step?.key, "webcodecs");
  for (let round = 0; round < 3; round += 1) last().events.onError(new Error("again"));
  assert.equal(ladder.step?.key, "webcodecs-software");
});

test("a decoder the browser took away says nothing about its path", () => {
  const { ladder, last, heard } = scene();
  for (let round = 0; round < 5; round += 1)
    last().events.onError(Object.assign(new Error("reclaimed"), { name: "QuotaExceededError" }));
  assert.equal(ladder.step?.key, "webcodecs");
  assert.deepEqual(heard, Array(5).fill("rebuilt"));
});

test("begins where the last visit ended, and keeps to one path when told", () => {
  assert.equal(scene({ remembered: "wasm" }).ladder.step?.key, "wasm");
  assert.equal(scene({ remembered: "gone" }).ladder.step?.key, "webcodecs");
  const { ladder, last, heard } = scene({ wanted: "wasm" });
  assert.equal(ladder.step?.key, "wasm");
  last().events.onError(new Error("no"));
  assert.deepEqual(heard, ["exhausted"]);
});

test("a path that another outdoes is left for it, without being called a failure", () => {
  const { ladder, last, heard, built } = scene();
  ladder.configure(CONFIG);
  last().events.onPicture(PICTURE);
  last().events.onOutdone();
  assert.equal(ladder.step?.key, "wasm");
  assert.deepEqual(heard, ["picture", "step", "rebuilt"]);
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
    const { ladder, last, heard } = scene(choice);
    last().events.onOutdone();
    assert.equal(ladder.step?.key, "wasm");
    assert.deepEqual(heard, []);
  }
});

test("the same config again does not disturb the decoder", () => {
  const { ladder, last } = scene();
  assert.equal(ladder.configure(CONFIG), false);
  assert.equal(ladder.configure({ ...CONFIG, fps: 30 }), true);
  assert.equal(ladder.configure({ ...CONFIG, width: 62 }), false);
  assert.equal(last().configured, 2);
});
