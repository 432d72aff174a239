// @ts-check
// Voices on the page, in simulated time: bytes both ways, how deep a speaker's buffer becomes on bad links, how two are mixed, how a
// microphone's samples become blocks, and when an open microphone speaks.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Arrivals, LEAST_MS, MOST_MS } from "../../src/samescreen/viewer/talk/arrivals.js";
import { Blocks } from "../../src/samescreen/viewer/talk/blocks.js";
import { MOST_WAITING_BYTES, TalkLine } from "../../src/samescreen/viewer/talk/line.js";
import { Mixer } from "../../src/samescreen/viewer/talk/mixer.js";
import { Speech, loudnessDb } from "../../src/samescreen/viewer/talk/speech.js";
import { VOICE_FRAMES, voiceFromBytes, voiceToBytes } from "../../src/samescreen/viewer/talk/wire.js";
import { ProtocolError } from "../../src/samescreen/viewer/wire.js";
import { FakeHost } from "./fakes/host.js";

const VECTORS = JSON.parse(readFileSync(new URL("../vectors/talk.json", import.meta.url), "utf8")).voices;
const QUANTUM = 128;

/** @param {string} hex */
const bytesOf = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

/** Numbers from 0 to 1, the same in each run. @param {number} seed */
function randoms(seed) {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
}

test("voices are read as the host writes them, and written as it reads them", () => {
  for (const { kind, speaker, sequence, begins, payload, bytes } of VECTORS) {
    const voice = voiceFromBytes(bytesOf(bytes).buffer);
    assert.deepEqual({ ...voice, payload: Buffer.from(voice.payload).toString("hex") }, { kind, speaker, sequence, begins, payload });
    if (speaker === 0 && kind === 1) assert.equal(Buffer.from(voiceToBytes(voice)).toString("hex"), bytes);
  }
});

test("what is no voice is refused, byte by byte and in garbage", () => {
  const whole = bytesOf(VECTORS[0].bytes);
  for (let length = 0; length <= 5; length += 1) assert.throws(() => voiceFromBytes(whole.slice(0, length).buffer), ProtocolError);
  const random = randoms(1);
  for (let run = 0; run < 500; run += 1) {
    const message = Uint8Array.from({ length: Math.floor(random() * 30) }, () => Math.floor(random() * 256));
    try {
      voiceFromBytes(message.buffer);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
  }
});

test("while the network takes nothing, packets are dropped and counted; the next that goes out says where the voice begins", () => {
  const host = new FakeHost();
  const line = new TalkLine("ws://here/ws/talk", null, { onVoice: () => {}, onState: () => {} }, host.around);
  host.newest.open();
  const websocket = Object.assign(host.newest, { bufferedAmount: 0 });
  const sent = () => websocket.sent.slice(1).map((bytes) => /** @type {any} */ (bytes)).map((bytes) => [bytes[1], bytes[4]]);
  line.speak(Uint8Array.of(1), false);
  websocket.bufferedAmount = MOST_WAITING_BYTES + 1;
  line.speak(Uint8Array.of(2), true);
  line.speak(Uint8Array.of(3), false);
  websocket.bufferedAmount = MOST_WAITING_BYTES;
  line.speak(Uint8Array.of(4), false);
  line.speak(Uint8Array.of(5), false);
  assert.deepEqual([sent(), line.dropped], [[[0, 1], [1, 4], [0, 5]], 2]);
});

/**
 * One speaker over TCP: a share of the segments is lost, and then everything behind waits until it has come again.
 * @param {{lost: number, stallMs: () => number, random: () => number}} link
 */
class Link {
  mixer = new Mixer();
  arrivals = new Arrivals();
  /** @type {{sequence: number, atMs: number}[]} */ #underWay = [];
  /** @type {{depthMs: number, fillMs: number, underruns: number}[]} */ seen = [];
  #freeMs = 0;
  #nowMs = 0;
  #sent = 0;

  /** @param {{lost: number, stallMs: () => number, random: () => number, oneWayMs?: number}} link */
  constructor({ lost, stallMs, random, oneWayMs = 30 }) {
    this.send = () => {
      const isLost = random() < lost;
      this.#freeMs = Math.max(this.#freeMs, this.#nowMs + oneWayMs + (isLost ? stallMs() : 0));
      this.#underWay.push({ sequence: this.#sent % 65_536, atMs: this.#freeMs });
      this.#sent += 1;
    };
  }

  /** @param {number} seconds */
  run(seconds) {
    const output = new Float32Array(QUANTUM);
    const until = this.#nowMs + seconds * 1000;
    let sendMs = this.#nowMs;
    for (; this.#nowMs < until; this.#nowMs += QUANTUM / 48) {
      for (; sendMs <= this.#nowMs; sendMs += 20) this.send();
      for (; this.#underWay[0]?.atMs <= this.#nowMs; this.#underWay.shift()) {
        const { sequence, atMs } = this.#underWay[0];
        this.arrivals.arrived(sequence, sequence === 0, atMs);
        const depthMs = this.arrivals.depthMs;
        this.mixer.take({ speaker: 1, samples: new Float32Array(VOICE_FRAMES).fill(0.5), begins: sequence === 0, depthMs });
      }
      this.mixer.pull([output]);
      const [state] = this.mixer.state;
      if (state) this.seen.push({ depthMs: state.targetMs, fillMs: state.fillMs, underruns: state.underruns });
    }
    return this.seen;
  }
}

test("on a good link a voice waits 40 ms and never runs dry", () => {
  const seen = new Link({ lost: 0, stallMs: () => 0, random: randoms(1) }).run(60);
  const after = seen.slice(seen.length / 10);
  assert.equal(Math.max(...after.map(({ depthMs }) => depthMs)), LEAST_MS);
  assert.ok(Math.max(...after.map(({ fillMs }) => fillMs)) < LEAST_MS + 25);
  assert.equal(after.at(-1)?.underruns, 0);
});

for (const [name, stallMs, deepestMs] of /** @type {const} */ ([
  ["a round trip of 60 ms", 60, 100],
  ["a timeout of 260 ms", 260, MOST_MS],
]))
  test(`1 % of segments lost, each a stall of ${name}: the depth settles, and the delay does not grow`, () => {
    for (const seed of [1, 2, 3]) {
      const seen = new Link({ lost: 0.01, stallMs: () => stallMs, random: randoms(seed) }).run(120);
      const fills = (/** @type {number} */ from) => seen.slice(from, from + seen.length / 4).map(({ fillMs }) => fillMs);
      const mean = (/** @type {number[]} */ list) => list.reduce((sum, each) => sum + each, 0) / list.length;
      const [second, last] = [mean(fills(Math.floor(seen.length / 4))), mean(fills(Math.floor((3 * seen.length) / 4)))];
      assert.ok(last < second + 60, `it does not grow: ${second} and ${last} ms`);
      const depths = seen.map(({ depthMs }) => depthMs);
      assert.ok(Math.max(...depths) <= deepestMs, `${Math.max(...depths)} ms`);
      const late = seen.filter(({ fillMs, depthMs }) => fillMs > depthMs + 66);
      assert.deepEqual(late, [], "what comes too late is skipped, so a voice is never much later than its depth");
    }
  });

test("a link that becomes good again gets a short buffer back", () => {
  let lost = 0.05;
  const random = randoms(5);
  const link = new Link({ lost: 1, stallMs: () => (random() < lost ? 200 : 0), random });
  link.run(30);
  assert.ok(link.arrivals.depthMs > 100);
  lost = 0;
  link.run(30);
  assert.equal(link.arrivals.depthMs, LEAST_MS);
});

test("a break between two sentences, or a number that jumps, is no delay", () => {
  const arrivals = new Arrivals();
  let nowMs = 0;
  for (let sentence = 0; sentence < 20; sentence += 1) {
    for (let each = 0; each < 20; each += 1) arrivals.arrived((sentence * 20 + each) % 65_536, each === 0, (nowMs += 20));
    nowMs += 5_000;
  }
  assert.equal(arrivals.depthMs, LEAST_MS);
  arrivals.arrived(40_000, false, (nowMs += 20));
  for (let each = 1; each < 600; each += 1) arrivals.arrived(40_000 + each, false, (nowMs += 20));
  assert.equal(arrivals.depthMs, LEAST_MS, "after ten seconds a wrong number is forgotten");
});

test("two speakers at once are both heard, and do not clip", () => {
  const mixer = new Mixer();
  const tone = (/** @type {number} */ hertz) => Float32Array.from({ length: VOICE_FRAMES * 10 }, (_, at) => 0.8 * Math.sin((2 * Math.PI * hertz * at) / 48_000));
  const [low, high] = [tone(500), tone(2_000)];
  for (let block = 0; block < 10; block += 1) {
    const part = (/** @type {Float32Array} */ whole) => whole.slice(block * VOICE_FRAMES, (block + 1) * VOICE_FRAMES);
    mixer.take({ speaker: 1, samples: part(low), begins: block === 0, depthMs: 40 });
    mixer.take({ speaker: 2, samples: part(high), begins: block === 0, depthMs: 40 });
  }
  /** @type {number[]} */ const heard = [];
  for (let quantum = 0; quantum < 12; quantum += 1) {
    const output = new Float32Array(QUANTUM);
    mixer.pull([output]);
    heard.push(...output);
  }
  const power = (/** @type {number} */ hertz) => {
    const [sine, cosine] = [Math.sin, Math.cos].map((wave) => heard.reduce((sum, sample, at) => sum + sample * wave((2 * Math.PI * hertz * at) / 48_000), 0));
    return Math.hypot(sine, cosine) / heard.length;
  };
  assert.ok(power(500) > 0.15 && power(2_000) > 0.15, `${power(500)} ${power(2_000)}`);
  assert.ok(Math.max(...heard.map(Math.abs)) <= 1);
});

test("somebody who begins anew does not continue an old rest, and many speakers are bounded", () => {
  const mixer = new Mixer();
  const samples = () => new Float32Array(VOICE_FRAMES).fill(0.5);
  mixer.take({ speaker: 1, samples: samples(), begins: true, depthMs: 60 });
  mixer.take({ speaker: 1, samples: samples(), begins: true, depthMs: 60 });
  assert.equal(mixer.state[0].fillMs, 20);
  for (let speaker = 1; speaker < 100; speaker += 1) mixer.take({ speaker, samples: samples(), begins: true, depthMs: 60 });
  assert.equal(mixer.state.length, 8);
  mixer.take(99);
  assert.equal(mixer.state.length, 7);
});

for (const rate of [48_000, 44_100, 16_000, 96_000])
  test(`a microphone at ${rate} Hz becomes blocks of 20 ms at 48 kHz, with no step between its parts`, () => {
    const blocks = new Blocks(rate);
    const hertz = 440;
    const seconds = 1;
    /** @type {number[]} */ const out = [];
    for (let from = 0; from < rate * seconds; from += QUANTUM) {
      const part = Float32Array.from({ length: QUANTUM }, (_, at) => Math.sin((2 * Math.PI * hertz * (from + at)) / rate));
      for (const block of blocks.take(part)) out.push(...block);
    }
    assert.equal(out.length % VOICE_FRAMES, 0);
    assert.ok(Math.abs(out.length - 48_000 * seconds) <= 2 * VOICE_FRAMES);
    out.forEach((sample, at) => assert.ok(Math.abs(sample - Math.sin((2 * Math.PI * hertz * at) / 48_000)) < 0.02, `at ${at}`));
  });

test("an open microphone sends speech with its quiet ends, and neither silence nor steady noise", () => {
  const speech = new Speech();
  const random = randoms(3);
  const noise = (/** @type {number} */ size) => Float32Array.from({ length: VOICE_FRAMES }, () => size * (2 * random() - 1));
  const sent = (/** @type {number} */ size, /** @type {number} */ blocks) => Array.from({ length: blocks }, () => speech.take(noise(size))).filter(Boolean).length;
  assert.equal(sent(0.0005, 100), 0);
  assert.equal(sent(0.2, 10), 10);
  assert.equal(sent(0.0005, 100), 24, "half a second more");
  assert.ok(loudnessDb(noise(0.01)) > -50);
  sent(0.003, 1_000);
  assert.equal(sent(0.003, 100), 0, "a fan");
});
