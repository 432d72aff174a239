// @ts-check
// The microphone from the browser's track to packets, on a fake browser: what it asks for, rates that change, and that its track ends.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Blocks } from "../../src/samescreen/viewer/talk/blocks.js";
import { Microphone } from "../../src/samescreen/viewer/talk/microphone.js";

class FakeTrack extends EventTarget {
  stop = mock.fn();
}

/** @type {any[]} */ const contexts = [];
/** @type {any[]} */ const nodes = [];
/** @type {any[]} */ const encoders = [];
/** @type {any[]} */ const sounds = [];

class FakeEncoder {
  state = "unconfigured";
  /** @param {any} init */
  constructor(init) {
    this.init = init;
    encoders.push(this);
  }
  /** @param {any} config */
  configure(config) {
    this.state = "configured";
    this.config = config;
  }
  /** @param {any} sound */
  encode(sound) {
    this.init.output({ byteLength: 3, copyTo: (/** @type {Uint8Array} */ to) => to.set([0x78, 0, sound.timestamp / 20_000]) });
  }
  close() {
    this.state = "closed";
  }
}

Object.assign(globalThis, {
  AudioContext: class extends EventTarget {
    state = "running";
    audioWorklet = { addModule: async () => {} };
    /** @param {any} options */
    constructor(options) {
      super();
      this.options = options;
      contexts.push(this);
    }
    resume = async () => {};
    close = async () => void (this.state = "closed");
    createMediaStreamSource = () => ({ connect: () => {} });
  },
  AudioWorkletNode: class {
    port = { onmessage: (/** @type {any} */ _) => {} };
    constructor() {
      nodes.push(this);
    }
  },
  AudioEncoder: FakeEncoder,
  AudioData: class {
    /** @param {any} init */
    constructor(init) {
      Object.assign(this, init);
      sounds.push(init);
    }
    close() {}
  },
});

/** @param {(track: FakeTrack) => Promise<any>} [give]  what the browser answers */
function scene(give = async (track) => ({ getTracks: () => [track] })) {
  for (const list of [contexts, nodes, encoders, sounds]) list.length = 0;
  const track = new FakeTrack();
  const getUserMedia = mock.fn(() => give(track));
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
  const events = { onBlock: mock.fn(() => true), onPacket: mock.fn(), onEnd: mock.fn() };
  return { track, getUserMedia, events, microphone: new Microphone(events) };
}

/** Gives the page what its worklet would, of a microphone at this rate. @param {number} rate @param {number} seconds */
function speak(rate, seconds) {
  const blocks = new Blocks(rate);
  for (let at = 0; at < rate * seconds; at += 128)
    for (const block of blocks.take(new Float32Array(128).fill(0.1))) nodes.at(-1).port.onmessage({ data: block });
}

test("whatever the rate of the microphone, and although it flips mid-way, packets are 20 ms at 48 kHz", async () => {
  const { microphone, events } = scene();
  await microphone.open();
  assert.equal(contexts[0].options.sampleRate, undefined, "Firefox throws where the rate is not the microphone's");
  speak(44_100, 1);
  speak(16_000, 1); // a Bluetooth headset becomes a telephone
  assert.ok(sounds.length >= 97 && sounds.length <= 100, String(sounds.length));
  sounds.forEach((sound, at) => assert.deepEqual([sound.sampleRate, sound.numberOfFrames, sound.timestamp], [48_000, 960, at * 20_000]));
  assert.equal(encoders[0].config.sampleRate, 48_000);
  assert.equal(events.onPacket.mock.callCount(), sounds.length);
  microphone.close();
});

for (const [name, end, why] of /** @type {[string, (given: ReturnType<typeof scene>) => void, string|null][]} */ ([
  ["closed", ({ microphone }) => microphone.close(), null],
  ["unplugged, or the permission taken back", ({ track }) => track.dispatchEvent(new Event("ended")), "unplugged"],
  ["interrupted by a phone call", () => (contexts[0].state = "interrupted", contexts[0].dispatchEvent(new Event("statechange"))), "broken"],
  ["its encoder is lost", () => encoders[0].init.error(new Error("lost")), "broken"],
]))
  test(`a microphone that is ${name} ends its track, so that the browser's sign goes out`, async () => {
    const given = scene();
    await given.microphone.open();
    end(given);
    given.microphone.close();
    assert.ok(given.track.stop.mock.callCount() >= 1);
    assert.deepEqual([encoders[0].state, contexts[0].state], ["closed", "closed"]);
    assert.deepEqual(given.events.onEnd.mock.calls.map((call) => call.arguments[0]), why === null ? [] : [why]);
    const before = given.events.onPacket.mock.callCount();
    speak(48_000, 0.1);
    assert.equal(given.events.onPacket.mock.callCount(), before, "nothing is sent after it");
  });

test("one that is closed while the browser asks ends its track as soon as there is one", async () => {
  /** @type {(stream: any) => void} */ let answer = () => {};
  const given = scene((track) => new Promise((resolve) => (answer = () => resolve({ getTracks: () => [track] }))));
  const opening = given.microphone.open();
  given.microphone.close();
  answer(null);
  await opening;
  assert.deepEqual([given.track.stop.mock.callCount(), contexts.length, given.events.onEnd.mock.callCount()], [1, 0, 0]);
});
