// @ts-check
// Sound from its packets to the browser's audio, and the bar that turns it on.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { SoundBar } from "../../src/samescreen/viewer/app/sound.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { openNode } from "../../src/samescreen/viewer/sound/node.js";
import { SoundPlayer } from "../../src/samescreen/viewer/sound/player.js";
import { Sound } from "../../src/samescreen/viewer/sound/sound.js";
import { FakeAudioContext, worklets } from "./fakes/audio.js";
import { settled } from "./fakes/codecs.js";
import { fire, installPage } from "./fakes/page.js";

/** @typedef {import("../../src/samescreen/viewer/wire.js").Audio} Audio */

const PCM = { rendition: 4, sequence: 0, ptsUs: 0, payload: new Uint8Array([0xff, 0x7f, 0, 0]) };
/** @type {Audio} */ const AUDIO = { type: "audio", track: 255, state: "live", detail: "", rate: 48_000, channels: 2 };

beforeEach(() => {
  FakeAudioContext.like = { allows: true, worklet: true, loads: true };
  mock.timers.enable({ apis: ["setInterval"] });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
  Reflect.deleteProperty(globalThis, "AudioDecoder");
});

/** A browser with Opus. */
function installOpus() {
  const made = /** @type {any[]} */ ([]);
  Object.assign(globalThis, {
    AudioDecoder: class {
      static async isConfigSupported() {
        return { supported: true };
      }
      state = "unconfigured";
      decodeQueueSize = 0;
      /** @type {any[]} */ chunks = [];
      constructor(/** @type {any} */ events) {
        this.events = events;
        made.push(this);
      }
      configure() {
        this.state = "configured";
      }
      decode(/** @type {any} */ chunk) {
        this.chunks.push(chunk);
      }
      close() {
        this.state = "closed";
      }
    },
    EncodedAudioChunk: class {
      constructor(/** @type {object} */ fields) {
        Object.assign(this, fields);
      }
    },
  });
  return made;
}

function sound() {
  /** @type {(string|null)[]} */ const listened = [];
  return { sound: new Sound((codec) => listened.push(codec)), listened };
}

test("off until it is started: nothing is asked of the host, nothing plays", () => {
  const { sound: off, listened } = sound();
  off.push(PCM);
  assert.deepEqual([off.isOn, off.codec, off.level, off.node, off.playing, listened.length], [false, null, 0, null, null, 0]);
  off.close();
  assert.deepEqual(listened, []);
});

test("started without Opus it asks for samples and plays them through the worklet", async () => {
  const { sound: on, listened } = sound();
  assert.equal(await on.start(), true);
  assert.deepEqual([listened, on.codec], [["pcm"], "pcm"]);
  on.push(PCM);
  on.push({ ...PCM, rendition: 3 });
  const [{ left, right, ptsUs }, ...rest] = /** @type {any} */ (worklets.at(-1)).port.posted;
  assert.deepEqual([left[0], right[0], ptsUs, rest.length], [1, 0, 0, 0], "only the codec it asked for");
  on.stop();
  assert.deepEqual(listened, ["pcm", null]);
  assert.deepEqual([/** @type {any} */ (worklets.at(-1)).isConnected, FakeAudioContext.newest.state], [false, "closed"]);
});

test("with Opus it asks for that, and for samples for good once the decoder fails", async () => {
  const decoders = installOpus();
  mock.method(console, "warn", () => {});
  const { sound: on, listened } = sound();
  await on.start();
  on.push({ ...PCM, rendition: 3, ptsUs: 77 });
  assert.deepEqual(decoders[0].chunks.map((/** @type {any} */ { type, timestamp }) => [type, timestamp]), [["key", 77]]);
  decoders[0].events.error(new Error("broken"));
  assert.deepEqual([listened, decoders[0].state], [["opus", "pcm"], "closed"]);
  on.stop();
  await on.start();
  assert.deepEqual(listened, ["opus", "pcm", null, "pcm"]);
});

test("a start that was overtaken by a stop ends, and asks for nothing", async () => {
  const { sound: on, listened } = sound();
  const starting = on.start();
  on.stop();
  assert.equal(await starting, false);
  assert.deepEqual([on.isOn, listened], [false, [null]]);
});

test("a browser that starts nothing yet says so, and a second start goes on", async () => {
  FakeAudioContext.like.allows = false;
  const { sound: on } = sound();
  assert.equal(await on.start(), false);
  assert.ok(on.isInterrupted);
  FakeAudioContext.like.allows = true;
  assert.equal(await on.start(), true);
  assert.ok(!on.isInterrupted);
});

test("volume is felt in ratios and stays within its bounds; the level is the largest sample", async () => {
  const { sound: on } = sound();
  on.volume = 0.5;
  await on.start();
  const [gain, analyser] = FakeAudioContext.newest.nodes;
  assert.equal(gain.gain.value, 0.25);
  on.volume = 7;
  assert.deepEqual([on.volume, gain.gain.value], [1, 1]);
  analyser.samples = [0.25, -0.5];
  assert.equal(on.level, 0.5);
});

test("without a worklet, or where it does not load, a script node plays from the same buffer", async () => {
  mock.method(console, "warn", () => {});
  const kind = { module: new URL("https://host/worklet.js"), name: "any", channels: 2, silent: null, newPlayer: () => new SoundPlayer() };
  for (const like of [{ allows: true, worklet: false, loads: true }, { allows: true, worklet: true, loads: false }]) {
    FakeAudioContext.like = like;
    const context = new FakeAudioContext();
    const output = await openNode(/** @type {any} */ (context), kind);
    const node = /** @type {any} */ (output.node);
    const channels = [new Float32Array(512).fill(9), new Float32Array(512).fill(9)];
    node.onaudioprocess({ outputBuffer: { getChannelData: (/** @type {number} */ channel) => channels[channel] } });
    assert.ok(channels.every((samples) => samples.every((sample) => sample === 0)), "silence while nothing has come");
    assert.ok(output.playing());
    output.close();
    assert.deepEqual([node.onaudioprocess, node.isConnected], [null, false]);
  }
});

test("the worklet plays what comes until it is told to end, and reports now and then", async () => {
  /** @type {any} */ let Processor;
  Object.assign(globalThis, {
    AudioWorkletProcessor: class {
      port = { posted: /** @type {any[]} */ ([]), onmessage: /** @type {any} */ (null), postMessage: (/** @type {any} */ message) => void this.port.posted.push(message) };
    },
    registerProcessor: (/** @type {string} */ name, /** @type {any} */ made) => {
      assert.equal(name, "samescreen-sound");
      Processor = made;
    },
  });
  await import("../../src/samescreen/viewer/sound/worklet.js");
  const processor = new Processor();
  const block = () => new Float32Array(480).fill(0.5);
  for (let at = 0; at < 10; at += 1) processor.port.onmessage({ data: { left: block(), right: block(), ptsUs: at * 10_000 } });
  let loudest = 0;
  for (let call = 0; call < 75; call += 1) {
    const output = [new Float32Array(128), new Float32Array(128)];
    assert.equal(processor.process([], [output]), true);
    loudest = Math.max(loudest, ...output[0]);
  }
  assert.ok(loudest > 0.4);
  assert.equal(processor.port.posted.length, 1);
  assert.ok("underruns" in processor.port.posted[0]);
  processor.port.onmessage({ data: null });
  assert.equal(processor.process([], [[new Float32Array(128), new Float32Array(128)]]), false);
});

/** @param {Record<string, string>} [local] */
function bar(local) {
  const page = installPage({ local });
  const texts = new Texts("en");
  const soundBar = new SoundBar(texts);
  const player = { starts: 0, stops: 0, plays: true, volume: 0, level: 0, isInterrupted: false, onInterruption: () => {} };
  const start = async () => ((player.starts += 1), player.plays);
  soundBar.attach(/** @type {any} */ (Object.assign(player, { start, stop: () => void (player.stops += 1) })));
  const chip = () => (page.byId("sound-chip").hidden ? null : page.byId("sound-text").textContent);
  const remembered = () => page.local.getItem("samescreen.sound");
  return { page, soundBar, player, chip, remembered };
}

test("a host with sound offers it; without, there is neither chip nor tools", () => {
  const { page, soundBar, player, chip } = bar();
  assert.deepEqual([chip(), page.byId("sound-tools").hidden, page.root.dataset.sound], [null, true, "none"]);
  soundBar.show(AUDIO);
  assert.deepEqual([chip(), page.byId("sound-tools").hidden, page.root.dataset.sound], ["Turn on the sound", false, "off"]);
  soundBar.show(null);
  soundBar.toggle();
  assert.deepEqual([chip(), player.starts], [null, 0]);
});

test("a click turns it on and is remembered; mute turns it off, and the offer stays away", async () => {
  const { page, soundBar, player, chip, remembered } = bar();
  soundBar.show(AUDIO);
  fire(page.byId("sound-chip"), "click");
  await settled();
  assert.deepEqual([page.root.dataset.sound, chip(), remembered()], ["on", null, "on"]);
  fire(page.byId("tool-mute"), "click");
  assert.deepEqual([page.root.dataset.sound, chip(), remembered(), player.stops], ["off", null, "off", 1]);
  const next = bar({ sound: "off" });
  next.soundBar.show(AUDIO);
  assert.equal(next.chip(), null);
});

test("mute, pressed again while the sound starts, turns it off", async () => {
  const { page, soundBar, player, chip, remembered } = bar();
  soundBar.show(AUDIO);
  soundBar.toggle();
  soundBar.toggle();
  await settled();
  assert.deepEqual([page.root.dataset.sound, chip(), remembered(), player.starts, player.stops], ["off", null, "off", 1, 1]);
  for (let press = 0; press < 3; press += 1) soundBar.toggle();
  await settled();
  assert.deepEqual([page.root.dataset.sound, player.starts, player.stops], ["on", 3, 2]);
});

test("whoever listened last time has agreed: any click or key starts it, and none without that", async () => {
  for (const [local, starts] of /** @type {const} */ ([[{ sound: "on" }, 1], [{}, 0]])) {
    const { page, soundBar, player } = bar(local);
    fire(page.document, "pointerup");
    assert.equal(player.starts, 0, "there is no sound yet");
    soundBar.show(AUDIO);
    fire(page.document, "pointerup", { target: page.byId("tool-mute") });
    assert.equal(player.starts, 0, "that button does it itself");
    fire(page.document, "keydown");
    await settled();
    assert.equal(player.starts, starts);
  }
});

test("a browser that does not start it, or pauses it, is named, and any click tries again", async () => {
  mock.method(console, "warn", () => {});
  const { page, soundBar, player, chip } = bar();
  soundBar.show(AUDIO);
  player.plays = false;
  fire(page.byId("sound-chip"), "click");
  await settled();
  assert.equal(chip(), "This browser did not start the sound. Try again");
  player.plays = true;
  fire(page.byId("sound-chip"), "click");
  await settled();
  player.isInterrupted = true;
  player.onInterruption();
  assert.equal(chip(), "The browser paused the sound. Go on");
  fire(page.document, "pointerup");
  assert.equal(player.starts, 3);
});

test("sound that went away, or never was, is said to be so while the picture goes on", () => {
  const { page, soundBar, chip } = bar({ sound: "off" });
  soundBar.show({ ...AUDIO, state: "failed", detail: "no device" });
  assert.deepEqual([chip(), page.byId("sound-chip").title], ["The host has no sound to send; the picture goes on", "no device"]);
  soundBar.show(AUDIO);
  assert.equal(chip(), null);
  soundBar.show({ ...AUDIO, state: "lost" });
  assert.equal(chip(), "The host's sound is gone; the picture goes on");
});

test("the volume is kept, and moving it turns the sound on; the level falls slowly", async () => {
  const { page, soundBar, player } = bar({ volume: "0.4" });
  assert.equal(player.volume, 0.4);
  soundBar.show(AUDIO);
  page.byId("tool-volume").value = "0.7";
  fire(page.byId("tool-volume"), "input");
  await settled();
  assert.deepEqual([player.volume, player.starts, page.local.getItem("samescreen.volume")], [0.7, 1, "0.7"]);
  const level = () => Number(page.byId("sound-level").style["--level"]);
  player.level = 1;
  mock.timers.tick(50);
  assert.equal(level(), 1);
  player.level = 0;
  mock.timers.tick(50);
  assert.ok(level() > 0.9 && level() < 1);
  mock.timers.tick(50 * 60);
  assert.equal(level(), 0);
});

test("a viewer that takes the place of another begins with the sound off", async () => {
  const { page, soundBar, chip } = bar();
  soundBar.show(AUDIO);
  fire(page.byId("sound-chip"), "click");
  const late = { start: async () => true, isInterrupted: false, level: 0, volume: 0 };
  soundBar.attach(/** @type {any} */ (late));
  await settled();
  soundBar.show(AUDIO);
  assert.deepEqual([page.root.dataset.sound, chip()], ["off", "Turn on the sound"]);
});
