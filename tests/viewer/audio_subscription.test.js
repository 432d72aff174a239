// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { AudioSubscription } from "../../src/samescreen/viewer/audio_subscription.js";

function scene() {
  /** @type {any[]} */ const sent = [];
  /** @type {any[]} */ const emitted = [];
  const subscription = new AudioSubscription((message) => sent.push(message), (name, detail) => emitted.push([name, detail]));
  return { subscription, sent, emitted };
}

/** @type {import("../../src/samescreen/viewer/wire.js").Audio} */
const AUDIO = { type: "audio", track: 255, state: "live", detail: "speakers", rate: 48_000, channels: 2 };

test("who wants to listen says so once the host has sound, and again on the next connection", () => {
  const { subscription, sent } = scene();
  subscription.listen("opus");
  assert.deepEqual(sent, []);
  subscription.announced(AUDIO);
  subscription.announced({ ...AUDIO, state: "lost" });
  assert.deepEqual(sent, [{ type: "listen", on: true, codec: "opus" }]);
  subscription.disconnected();
  subscription.announced(AUDIO);
  assert.equal(sent.length, 2);
});

test("who stops listening says so, and nobody is asked who never listened", () => {
  const { subscription, sent } = scene();
  subscription.announced(AUDIO);
  assert.deepEqual(sent, []);
  subscription.listen("pcm");
  subscription.listen(null);
  subscription.disconnected();
  subscription.announced(AUDIO);
  assert.deepEqual(sent.map(({ on }) => on), [true, false]);
});

test("only packets of the announced track are emitted", () => {
  const { subscription, emitted } = scene();
  const packet = { kind: 3, rendition: 3, track: 255, sequence: 7, ptsUs: 1, isKeyframe: true, damage: [], payload: new Uint8Array(2) };
  subscription.received(packet);
  subscription.announced(AUDIO);
  subscription.received(packet);
  subscription.received({ ...packet, track: 0 });
  assert.deepEqual(emitted.map(([name]) => name), ["audio", "sound"]);
});

test("a stream without sound is announced as none; the next stream with sound is subscribed to again", () => {
  const { subscription, sent, emitted } = scene();
  const packet = { kind: 3, rendition: 3, track: 255, sequence: 7, ptsUs: 1, isKeyframe: true, damage: [], payload: new Uint8Array(2) };
  subscription.announced(AUDIO);
  subscription.listen("opus");
  subscription.announced({ ...AUDIO, track: 0, state: "none" });
  subscription.received(packet);
  assert.deepEqual(emitted.map(([name]) => name), ["audio", "audio"]);
  subscription.announced({ ...AUDIO, track: 1 });
  assert.deepEqual(sent.map(({ on }) => on), [true, true]);
  subscription.received({ ...packet, track: 1 });
  assert.equal(emitted.at(-1)[0], "sound");
});

test("who asks to listen where there is no sound is not emitted of by the host before there is", () => {
  const { subscription, sent } = scene();
  subscription.announced({ ...AUDIO, state: "none" });
  subscription.listen("pcm");
  assert.deepEqual(sent, []);
  subscription.announced(AUDIO);
  assert.deepEqual(sent, [{ type: "listen", on: true, codec: "pcm" }]);
});
