// @ts-check
// The buffer before the loudspeakers, fed and drained by hand: how late it plays, how it drifts, starves, jumps and fades.

import assert from "node:assert/strict";
import { test } from "node:test";

import { JitterBuffer, RATE, TARGET_MS } from "../../src/samescreen/viewer/sound/jitter.js";

const BLOCK = 480;
const BLOCK_US = 10_000;
const QUANTUM = 128;

/** A host that plays a sine of 1 kHz, and the sound card that drains the buffer. */
class Line {
  buffer = new JitterBuffer();
  sent = 0;
  /** @type {number[]} */ output = [];

  /** @param {number} blocks */
  send(blocks = 1) {
    for (let each = 0; each < blocks; each += 1) {
      const sound = Float32Array.from({ length: BLOCK }, (_, at) => sine(this.sent * BLOCK + at));
      this.buffer.push(sound, sound.slice(), this.sent * BLOCK_US);
      this.sent += 1;
    }
  }

  /** @param {number} frames */
  play(frames = QUANTUM) {
    const [left, right] = [new Float32Array(frames), new Float32Array(frames)];
    this.buffer.pull(left, right);
    assert.deepEqual(left, right);
    this.output.push(...left);
  }

  /**
   * Both sides for so long; the card runs `speed` times as fast as the host.
   * @param {number} seconds
   * @param {number} speed
   */
  run(seconds, speed = 1) {
    let owed = 0;
    for (let block = 0; block < seconds * 100; block += 1) {
      this.send();
      for (owed += BLOCK * speed; owed >= QUANTUM; owed -= QUANTUM) this.play();
    }
  }
}

/** @param {number} frame */
const sine = (frame) => 0.5 * Math.sin((2 * Math.PI * 1000 * frame) / RATE);

/** @param {number[]} samples  the largest step between neighbours; a sine of 1 kHz makes 0.065 */
const largestStep = (samples) => samples.reduce((most, sample, at) => (at ? Math.max(most, Math.abs(sample - samples[at - 1])) : 0), 0);

test("nothing is played before the target is there, then exactly what came, faded in", () => {
  const line = new Line();
  line.send(3);
  line.play();
  assert.ok(line.output.every((sample) => sample === 0));
  line.send(1);
  for (let each = 0; each < 10; each += 1) line.play();
  const played = line.output.slice(QUANTUM);
  assert.ok(Math.abs(played[100]) < Math.abs(sine(100)) || sine(100) === 0);
  for (let at = 300; at < 1200; at += 1) assert.ok(Math.abs(played[at] - sine(at)) < 1e-6, `frame ${at}`);
});

for (const speed of [0.999, 1, 1.001]) {
  test(`a sound card ${speed} times as fast as the host neither starves nor lags`, () => {
    const line = new Line();
    line.send(4);
    line.run(120, speed);
    assert.equal(line.buffer.underruns, 0);
    assert.equal(line.buffer.jumps, 0);
    const fillMs = (line.buffer.fill * 1000) / RATE;
    assert.ok(fillMs > 20 && fillMs < 65, `${fillMs} ms`);
    assert.ok(largestStep(line.output) < 0.067, "no click");
  });
}

test("the tone keeps clean while the speed is bent", () => {
  const line = new Line();
  line.send(4);
  line.run(1);
  line.send(5); // 50 ms too many
  line.run(5);
  const tail = line.output.slice(-RATE);
  // Against the sine and cosine nearest in pitch: what they do not explain is noise.
  let best = 0;
  for (let hertz = 990; hertz <= 1010; hertz += 0.05) {
    let [s, c] = [0, 0];
    for (let at = 0; at < 4800; at += 1) {
      s += tail[at] * Math.sin((2 * Math.PI * hertz * at) / RATE);
      c += tail[at] * Math.cos((2 * Math.PI * hertz * at) / RATE);
    }
    best = Math.max(best, (2 * (s * s + c * c)) / 4800);
  }
  const all = tail.slice(0, 4800).reduce((sum, sample) => sum + sample * sample, 0);
  assert.ok(10 * Math.log10(best / (all - best)) > 30);
});

test("a small excess is played off, not jumped over", () => {
  const line = new Line();
  line.send(4);
  line.run(1);
  line.send(6);
  assert.ok((line.buffer.fill * 1000) / RATE > 80);
  line.run(30);
  assert.equal(line.buffer.jumps, 0);
  assert.ok((line.buffer.fill * 1000) / RATE < 65);
});

test("a burst after a pause is not waited for", () => {
  const line = new Line();
  line.send(12);
  line.play();
  assert.ok((line.buffer.fill * 1000) / RATE <= TARGET_MS);
  assert.equal(line.buffer.jumps, 0);
});

test("far too much is jumped over at once, without a click", () => {
  const line = new Line();
  line.send(4);
  line.run(1);
  line.send(12);
  assert.equal(line.buffer.jumps, 1);
  assert.ok((line.buffer.fill * 1000) / RATE < 200);
  line.output = [];
  line.run(1);
  assert.equal(line.buffer.underruns, 0);
  assert.ok(largestStep(line.output) < 0.067);
});

test("running dry fades out and comes back with a larger target", () => {
  const line = new Line();
  line.send(4);
  line.run(1);
  line.output = [];
  for (let each = 0; each < 40; each += 1) line.play();
  assert.equal(line.buffer.underruns, 1);
  assert.ok(largestStep(line.output) < 0.067, "no click at the end");
  assert.equal(line.buffer.playingUs, null);
  line.output = [];
  line.send(1);
  assert.equal(line.buffer.targetMs, TARGET_MS + 10);
  line.send(4);
  line.run(1);
  assert.ok(largestStep(line.output) < 0.067, "no click at the start");
});

test("a silence that was not sent asks for nothing", () => {
  const line = new Line();
  line.send(4);
  line.run(1);
  for (let each = 0; each < 400; each += 1) line.play();
  line.sent += 100;
  line.send(1);
  assert.equal(line.buffer.targetMs, TARGET_MS);
});

test("what starves again and again gets at most 120 ms, and calm takes it back", () => {
  const line = new Line();
  for (let round = 0; round < 20; round += 1) {
    line.send(13);
    for (let each = 0; each < 60; each += 1) line.play();
  }
  assert.equal(line.buffer.targetMs, 120);
  line.send(12);
  line.run(21);
  assert.equal(line.buffer.targetMs, 115);
});

test("it knows when what it plays was recorded", () => {
  const line = new Line();
  line.send(4);
  line.play();
  assert.ok(Math.abs((line.buffer.playingUs ?? 0) - (QUANTUM * 1e6) / RATE) < 20);
});

test("a block larger than a quarter of the buffer is refused", () => {
  const buffer = new JitterBuffer();
  buffer.push(new Float32Array(10_000), new Float32Array(10_000), 0);
  assert.equal(buffer.fill, 0);
});
