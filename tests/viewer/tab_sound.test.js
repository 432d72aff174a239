// @ts-check
// The sound of a tab: encoded while somebody listens, not in silence, and ended with its track.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { TabSound } from "../../src/samescreen/viewer/publish/tab_sound.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

class FakeEncoder {
  state = "configured";
  /** @type {any} */ config = null;
  configured = 0;
  fails = false;

  /** @param {any} init */
  constructor(init) {
    this.init = init;
  }

  /** @param {any} config */
  configure(config) {
    this.config = config;
  }

  /** @param {any} sound */
  encode(sound) {
    if (this.fails) throw new Error("no");
    this.init.output({ byteLength: 2, timestamp: sound.timestamp, copyTo: (/** @type {Uint8Array} */ into) => into.set([1, 2]) });
  }

  close() {
    this.state = "closed";
  }
}

function scene() {
  /** @type {FakeEncoder[]} */ const encoders = [];
  /** @type {((read: any) => void)[]} */ const waiting = [];
  const track = { stop: mock.fn() };
  const reader = { read: () => new Promise((resolve) => waiting.push(resolve)), cancel: mock.fn(async () => {}) };
  const out = { packet: mock.fn(), end: mock.fn() };
  const around = { fails: false };
  const sound = new TabSound(/** @type {any} */ (track), out, {
    newEncoder: (init) => {
      const made = new FakeEncoder(init);
      made.fails = around.fails;
      encoders.push(made);
      return /** @type {any} */ (made);
    },
    newReader: () => /** @type {any} */ (reader),
  });
  let at = 0;
  const came = async (/** @type {number} */ level, sampleRate = 48_000) => {
    at += 10_000;
    const close = mock.fn();
    waiting.shift()?.({ done: false, value: { numberOfFrames: 480, numberOfChannels: 2, sampleRate, timestamp: at, copyTo: (/** @type {Float32Array} */ into) => into.fill(level), close } });
    await settled();
    assert.equal(close.mock.callCount(), 1, "each block is closed");
  };
  const ended = async () => (waiting.shift()?.({ done: true }), settled());
  return { sound, track, reader, out, encoders, came, ended, around };
}

test("nothing is encoded until somebody listens, nor afterwards", async () => {
  const { sound, out, encoders, came } = scene();
  await came(0.5);
  assert.equal(encoders.length, 0);
  sound.want(true);
  await came(0.5), await came(0.5);
  assert.equal(out.packet.mock.callCount(), 2);
  const { config } = encoders[0];
  assert.deepEqual([config.codec, config.sampleRate, config.numberOfChannels, config.opus.frameDuration], ["opus", 48_000, 2, 10_000]);
  sound.want(false);
  await came(0.5);
  assert.deepEqual([out.packet.mock.callCount(), encoders[0].state], [2, "closed"]);
});

test("packets have growing times on the page's clock, as far apart as the sound", async () => {
  const { sound, out, came } = scene();
  sound.want(true);
  await came(0.5), await came(0.5), await came(0.5);
  const times = out.packet.mock.calls.map((call) => call.arguments[1]);
  assert.ok(times[1] > times[0] && times[2] > times[1]);
  assert.ok(Math.abs(times[0] - performance.now() * 1000) < 5e6);
});

test("silence is not sent, and what comes after it is", async () => {
  const { sound, out, came } = scene();
  sound.want(true);
  for (let count = 0; count < 60; count += 1) await came(0);
  const before = out.packet.mock.callCount();
  assert.ok(before >= 40 && before < 60, `${before}`);
  await came(0.1);
  assert.equal(out.packet.mock.callCount(), before + 1);
});

test("another rate opens another encoder", async () => {
  const { sound, encoders, came } = scene();
  sound.want(true);
  await came(0.5);
  await came(0.5, 44_100);
  assert.deepEqual(encoders.map((each) => [each.config.sampleRate, each.state]), [[48_000, "closed"], [44_100, "configured"]]);
});

test("a track that ends says so once; a stop ends the track and says nothing", async () => {
  const one = scene();
  await one.ended();
  assert.deepEqual([one.out.end.mock.callCount(), one.track.stop.mock.callCount()], [1, 1]);
  const other = scene();
  other.sound.stop();
  other.sound.stop();
  await other.ended();
  assert.deepEqual([other.out.end.mock.callCount(), other.track.stop.mock.callCount()], [0, 1]);
});

test("an encoder that fails again and again ends the sound", async () => {
  const { sound, out, encoders, came, around } = scene();
  around.fails = true;
  sound.want(true);
  await came(0.5), await came(0.5), await came(0.5);
  assert.deepEqual([encoders.length, out.end.mock.callCount()], [3, 1]);
});
