// @ts-check
// All voices that are heard now: a jitter buffer for each speaker, added up. Pure: no clocks, no Web Audio. Runs in the audio thread,
// or on the main thread where there is none (sound/node.js).

import { JitterBuffer } from "../sound/jitter.js";

const MOST_SPEAKERS = 8;

/** @typedef {{speaker: number, samples: Float32Array, begins: boolean, depthMs: number}} VoiceBlock  mono, 48 kHz */

export class Mixer {
  /** Who spoke last is last. @type {Map<number, JitterBuffer>} */ #buffers = new Map();
  #spare = new Float32Array(128);
  #left = new Float32Array(128);

  /** @param {VoiceBlock|number} message  a number: the speaker who is not heard any more */
  take(message) {
    if (typeof message === "number") this.#buffers.delete(message);
    else this.#push(message);
  }

  /** @param {VoiceBlock} block */
  #push({ speaker, samples, begins, depthMs }) {
    const buffer = this.#buffers.get(speaker) ?? new JitterBuffer();
    this.#buffers.delete(speaker);
    this.#buffers.set(speaker, buffer);
    if (begins) buffer.skip();
    buffer.aim(depthMs);
    buffer.push(samples, samples, 0);
    const [oldest] = this.#buffers.keys();
    if (this.#buffers.size > MOST_SPEAKERS) this.#buffers.delete(oldest);
  }

  /** Fills the one channel with everybody's voice. @param {Float32Array[]} channels */
  pull([output]) {
    output.fill(0);
    if (this.#left.length !== output.length) [this.#left, this.#spare] = [new Float32Array(output.length), new Float32Array(output.length)];
    for (const buffer of this.#buffers.values()) {
      buffer.pull(this.#left, this.#spare);
      for (let at = 0; at < output.length; at += 1) output[at] += this.#left[at];
    }
    if (this.#buffers.size > 1) for (let at = 0; at < output.length; at += 1) output[at] = softly(output[at]);
  }

  /** What is buffered of each speaker, in ms, and how often their sound ran dry or jumped; for statistics and tests. */
  get state() {
    return [...this.#buffers].map(([speaker, buffer]) => ({
      speaker,
      fillMs: buffer.fill / 48,
      targetMs: buffer.targetMs,
      underruns: buffer.underruns,
      jumps: buffer.jumps,
    }));
  }
}

/** Bends what several loud voices add up to below full scale; quiet sound stays as it is. @param {number} sample */
function softly(sample) {
  const size = Math.abs(sample);
  return size <= 0.7 ? sample : Math.sign(sample) * (0.7 + 0.3 * Math.tanh((size - 0.7) / 0.3));
}
